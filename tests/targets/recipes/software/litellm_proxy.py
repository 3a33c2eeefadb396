# /// script
# requires-python = ">=3.11"
# dependencies = ["litellm[proxy]>=1.80"]
# ///
"""LiteLLM's proxy before a model: `PORT URL-OF-THE-MODEL KEY-OF-THE-MODEL KEY-OF-THE-PROXY`."""

import json
import os
import sys
import tempfile

from litellm.proxy.proxy_cli import run_server

port, url, key, master_key = sys.argv[1:]
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
model = {"model": "openai/shop-bot", "api_base": url, "api_key": key}
config = {
    "model_list": [{"model_name": "shop-bot", "litellm_params": model}],
    "general_settings": {"master_key": master_key},
}
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    json.dump(config, file)
    file.flush()
    run_server(["--config", file.name, "--port", port, "--host", "127.0.0.1"])

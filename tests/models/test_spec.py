import pytest

from simulate.errors import ModelSpecError
from simulate.models import ModelSpec

URL = "http://host:8000/v1"


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("gpt-4.1", ModelSpec("endpoint", "gpt-4.1")),
        (f"qwen3@{URL}", ModelSpec("endpoint", "qwen3", URL)),
        ("llama3:8b", ModelSpec("endpoint", "llama3:8b")),
        (f"qwen3:30b@{URL}", ModelSpec("endpoint", "qwen3:30b", URL)),
        ("@cf/meta/llama-3", ModelSpec("endpoint", "@cf/meta/llama-3")),
        (f"@cf/meta/llama-3@{URL}", ModelSpec("endpoint", "@cf/meta/llama-3", URL)),
        ("claude-x@20250514", ModelSpec("endpoint", "claude-x@20250514")),
        ("@cf/m:8b@20250514", ModelSpec("endpoint", "@cf/m:8b@20250514")),
        ("m@http://[::1]:8000/v1", ModelSpec("endpoint", "m", "http://[::1]:8000/v1")),
        (f"claude-x@20250514@{URL}", ModelSpec("endpoint", "claude-x@20250514", URL)),
        ("m@HTTPS://host/v1", ModelSpec("endpoint", "m", "HTTPS://host/v1")),
        ("scripted", ModelSpec("endpoint", "scripted")),
        ("scripted:a@b:c.yaml", ModelSpec("scripted", file="a@b:c.yaml")),
        ("embedded", ModelSpec("embedded")),
        ("embedded:C:/m.gguf", ModelSpec("embedded", file="C:/m.gguf")),
        (f"embedded@{URL}", ModelSpec("endpoint", "embedded", URL)),
    ],
)
def test_a_spec_is_read_and_written_alike(text: str, spec: ModelSpec) -> None:
    assert ModelSpec.parse(text) == spec
    assert str(spec) == text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "is not a SPEC"),
        ("a b", "is not a SPEC"),
        ("m@", "is not a SPEC"),
        ("m@ftp://host/v1", "is not a SPEC"),
        ("http://host/v1", "is not a SPEC"),
        ("m@http://", "not a URL that can be called"),
        ("m@http://host:x/v1", "not a URL that can be called"),
        ("m@http://host/v1@http://user:pw@host/v1", "not a URL that can be called"),
        ("ftp://user:pw@host@http://host/v1", "is not a SPEC"),
        ("m@localhost:8000/v1", "has an address without http://"),
        ("m@[::1]:8000/v1", "has an address without http://"),
        ("m@[::1]/v1", "has an address without http://"),
        ("m@http:/user:pw@host/v1", "has an address without http://"),
        ("m@user:pw@host/v1", "has an address without http://"),
        ("@cf/m@user:pw@host/v1", "@cf/m@….* has an address without http://"),
        ("scripted:", "names no file; write scripted:FILE"),
        ("embedded:", "names no file; write embedded:FILE"),
    ],
)
def test_a_text_that_names_no_model_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(ModelSpecError, match=rule) as told:
        ModelSpec.parse(text)
    assert "pw" not in str(told.value)


def test_a_spec_knows_its_secrets_and_hides_them() -> None:
    spec = ModelSpec.parse("@cf/x@http://me:pw@host:80/v1?api-key=s3cret")
    assert spec.holds_secret
    assert spec.redacted == "@cf/x@http://host:80/v1"
    assert not ModelSpec.parse("claude-x@20250514").holds_secret

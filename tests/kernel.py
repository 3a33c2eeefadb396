"""A real Jupyter kernel that runs cells, for the tests of what notebooks show."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

TIMEOUT_S = 60


class Kernel:
    """A kernel that has started."""

    def __init__(self, client: Any, manager: Any) -> None:
        self._client, self._manager = client, manager

    def run(self, code: str, *, interrupt_at: str | None = None) -> list[dict[str, Any]]:
        """Run a cell; return its outputs as a notebook would keep them.

        Args:
            code: of the cell.
            interrupt_at: interrupts the cell when this pattern is found in an output.
        """
        wanted = self._client.execute(code)
        outputs: list[dict[str, Any]] = []
        displays: dict[str, int] = {}
        while True:
            message = self._client.get_iopub_msg(timeout=TIMEOUT_S)
            if message["parent_header"].get("msg_id") != wanted:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs
            known = content.get("transient", {}).get("display_id")
            if kind == "update_display_data":
                outputs[displays[known]] = {"kind": "display_data", **content}
            elif kind in ("display_data", "execute_result", "stream", "error"):
                displays[known] = len(outputs)
                outputs.append({"kind": kind, **content})
            if interrupt_at is not None and re.search(interrupt_at, str(content)):
                interrupt_at = None
                self._manager.interrupt_kernel()


@contextmanager
def kernel(folder: Path) -> Iterator[Kernel]:
    """Start a kernel in a folder."""
    manager: Any = KernelManager()
    manager.kernel_cmd = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager.start_kernel(cwd=str(folder), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)

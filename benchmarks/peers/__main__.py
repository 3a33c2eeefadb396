"""The same simulated-user loop through openevals, DeepEval, Inspect AI, Scenario and simulate.

    uv run python -m benchmarks.peers [--dialogues 100] [--replies 10] [--at-once 64] [--markdown]

A user and an assistant speak in turn, both played by one local endpoint that answers at once, in a
process of its own. Every package runs in an environment of its own that uv makes from the package
index, with its telemetry off and at its best documented concurrency. Measured within the process
that runs the loop, imports left out:

- CPU per turn: what the client itself takes. With a real model the rest is waiting;
- dialogues per second against that endpoint;
- the peak memory of the process, with what is imported;
- lost: dialogues that are not there whole in the end when one answer in a hundred is bad (in turn
  HTTP 500, no word, no chat completion): failed, or with a turn that says nothing.

What is not comparable: simulate commits every turn durably to a run file before it goes on, with
each call's prompt and usage, and with `vs` a turn is drawn from five replies that are kept; Inspect
writes its log at the end of samples; the others keep results in memory. The prompts that DeepEval
and Scenario make of the same words are their own, and longer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import machine
from benchmarks.server import endpoint

LOOPS = Path(__file__).parent / "loops"
ROUNDS = 3
LONGEST_S = 600.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A way through the loop.

    Attributes:
        name: as the table has it.
        loop: its script.
        packages: what its environment has; none for this project's own.
        environment: what its script is told.
    """

    name: str
    loop: str
    packages: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def command(self) -> list[str]:
        """Return how its script is begun."""
        script = str(LOOPS / f"{self.loop}.py")
        if not self.packages:
            return [sys.executable, script]
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        asked = [word for package in self.packages for word in ("--with", package)]
        return ["uv", "run", "-q", "--isolated", "--no-project", "-p", version, *asked, script]


PEERS = (
    Peer("simulate, direct", "simulate_loop", environment=(("METHOD", "direct"),)),
    Peer("simulate, vs", "simulate_loop", environment=(("METHOD", "vs"),)),
    Peer("openevals", "openevals_loop", ("openevals", "langchain-openai")),
    Peer("DeepEval", "deepeval_loop", ("deepeval",)),
    Peer("Inspect AI", "inspect_loop", ("inspect-ai", "openai")),
    Peer("LangWatch Scenario", "scenario_loop", ("langwatch-scenario",)),
)


def played(peer: Peer, url: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run a peer's loop.

    Raises:
        RuntimeError: it printed no result.
    """
    numbers = map(str, (arguments.dialogues, arguments.replies, arguments.at_once))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SIMULATE_"))}
    done = subprocess.run(
        [*peer.command(), url, *numbers],
        env={**inherited, **dict(peer.environment)},
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    raise RuntimeError(f"{peer.name}: {done.stderr[-2000:]}")


def measured(peer: Peer, arguments: argparse.Namespace) -> list[str]:
    """Return a peer's row: the median round of CPU per turn, and what is lost to bad answers."""
    with endpoint() as url:
        rounds = [played(peer, url, arguments) for _ in range(ROUNDS)]
    if any(each["whole"] != arguments.dialogues for each in rounds):
        raise RuntimeError(f"{peer.name}: {rounds} are not {arguments.dialogues} whole dialogues")
    usual = sorted(rounds, key=lambda each: float(each["cpu_s"]))[ROUNDS // 2]
    with endpoint(100) as url:
        bad = played(peer, url, arguments)
    lost = arguments.dialogues - bad["whole"]
    return [
        peer.name,
        usual["version"],
        f"{1000 * usual['cpu_s'] / usual['turns']:.2f}",
        f"{usual['whole'] / usual['wall_s']:.1f}",
        f"{usual['peak_mib']:.0f}",
        f"{lost} of {arguments.dialogues}",
    ]


HEAD = ("", "version", "CPU ms a turn", "dialogues/s", "peak MiB", "lost at 1 % bad answers")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogues", type=int, default=100)
    parser.add_argument("--replies", type=int, default=10, help="of each speaker, a dialogue")
    parser.add_argument("--at-once", type=int, default=64)
    parser.add_argument("--only", help="the peer whose name begins so")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    peers = [each for each in PEERS if each.name.startswith(arguments.only or "")]
    rows = []
    for peer in peers:
        print(f"{peer.name} …", file=sys.stderr)
        rows.append(measured(peer, arguments))
    talk = f"{arguments.dialogues} dialogues of 2 × {arguments.replies} turns"
    title = f"{talk}, {arguments.at_once} at once; {machine()}"
    if arguments.markdown:
        print(f"{title}\n\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
        print("\n".join(f"| {' | '.join(row)} |" for row in rows))
        return
    table = Table(*HEAD, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    Console(width=110).print(table)


if __name__ == "__main__":
    main()

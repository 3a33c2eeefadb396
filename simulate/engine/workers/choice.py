"""How many processes play a run, and where they are."""

from __future__ import annotations

import os
from collections.abc import Iterable

from simulate.engine.executor import Executor
from simulate.engine.workers.processes import LocalProcesses
from simulate.engine.workers.workplace import Workplace
from simulate.errors import InputError, quote
from simulate.limits import check_number
from simulate.models.spec import holds_secret, redacted

MOST_PROCESSES = 1024
AT_ONCE = 256
"""Dialogues at once that a process has at least: with an answer in a quarter of a second they keep
half a core busy, so that fewer gain nothing from another one."""
TURNS = 20_000
"""Turns that a process has at least: it takes a tenth of their CPU time to start one."""
DASK = "dask"


def workplace(
    given: Executor | Workplace | None,
    processes: int | None,
    cluster: str | None,
    *,
    only_here: str | None,
    specs: Iterable[str],
    embedded: bool,
    at_once: int,
    turns: int,
) -> Executor | Workplace | None:
    """Return where a run is played; None for the process that writes the run file.

    Args:
        given: what plays it in place of all that follows; None where nothing is given.
        processes: how many were asked for; None for as many as pay.
        cluster: `dask`, or `dask:ADDRESS`; None for this machine.
        only_here: what of the run no other process can open; None where nothing is.
        specs: of the models.
        embedded: whether one of them is the embedded model, which takes all cores by itself.
        at_once: how many dialogues are played at once.
        turns: how many turns are left at most.

    Raises:
        InputError: other processes were asked for and cannot play it, or a cluster is none.
    """
    if given is not None:
        if isinstance(given, Workplace) and only_here is not None:
            raise InputError(f"executor: {only_here}, so no other process can play it")
        return given
    if processes is not None:
        check_number("--processes", processes, 1, MOST_PROCESSES)
    if cluster is not None:
        kind, _, address = cluster.partition(":")
        if kind != DASK or (not address and cluster != DASK):
            raise InputError(
                f"--cluster {quote(cluster)}: write dask, or dask:tcp://HOST:PORT of a scheduler"
            )
        if only_here is not None:
            raise InputError(f"--cluster: {only_here}; leave it out")
        for spec in specs:
            if address and holds_secret(spec):
                raise InputError(
                    f"--cluster: the SPEC {quote(redacted(spec))} holds a key, and keys are not "
                    "sent to other machines: name the variable of the key in a models file, and "
                    "set it on every worker"
                )
        from simulate.engine.workers.dask_cluster import DaskCluster

        return DaskCluster(address or None, processes)
    if only_here is None and os.name == "nt":
        only_here = "workers of this machine need a system with Unix sockets; take --cluster dask"
    if processes is not None and processes > 1 and only_here is not None:
        raise InputError(f"--processes {processes}: {only_here}; leave it out")
    if processes is None:
        alone = embedded or only_here is not None
        processes = 1 if alone else _paying(at_once, turns)
    return LocalProcesses(processes) if processes > 1 else None


def _paying(at_once: int, turns: int) -> int:
    """Return how many processes pay on this machine; see docs/scale.md."""
    return max(min(_cores(), at_once // AT_ONCE, turns // TURNS), 1)


def _cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # elsewhere than on Linux
        return os.cpu_count() or 1

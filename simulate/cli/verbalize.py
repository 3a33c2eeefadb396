"""`simulate verbalize`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["verbalize"]


def verbalize(
    prompt: Annotated[str, typer.Argument(help="What to ask.")],
    k: Annotated[str, typer.Option("-k", help="How many candidates; a number or auto.")] = "5",
    method: Annotated[str, typer.Option(help="How the distribution is obtained.")] = "vs",
    model: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Default: SIMULATE_MODEL, else embedded.")
    ] = None,
    wording: Annotated[str, typer.Option(help="How likeliness is asked for.")] = "implicit",
    below: Annotated[
        float | None, typer.Option(help="Only candidates less likely than this, in (0, 1].")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the model's sampling and of the draw.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout, nothing else.")
    ] = False,
) -> None:
    """Ask a model for a distribution of responses, and draw one.

    Example: `simulate verbalize "Tell me a joke about coffee" -k 5`
    """
    import asyncio
    import json

    from simulate.engine import verbalize as verbalized
    from simulate.errors import InputError
    from simulate.randomness import uniform

    if k != "auto" and not k.isdecimal():
        raise InputError(f"-k {k}: must be a whole number ≥ 1, or auto")
    distribution = asyncio.run(
        verbalized(
            prompt,
            k="auto" if k == "auto" else int(k),
            method=method,  # type: ignore[arg-type]  # checked there
            wording=wording,  # type: ignore[arg-type]  # checked there
            below=below,
            model=model,
            seed=seed,
        )
    )
    chosen = distribution.draw(uniform(seed, "verbalize", prompt))
    weights = distribution.weights.tolist()
    if as_json:
        candidates = [
            {"text": c.text, "probability": c.probability, "weight": w}
            for c, w in zip(distribution.candidates, weights, strict=True)
        ]
        print(
            json.dumps(
                {
                    "candidates": candidates,
                    "chosen": chosen,
                    "mass": distribution.mass,
                    "entropy": distribution.entropy(),
                    "effective_size": distribution.effective_size(),
                    "parse": distribution.parse,
                },
                ensure_ascii=False,
            )
        )
        return
    from rich.console import Console

    from simulate.cli.bars import distribution_table

    console = Console()
    rows = [
        (c.text, c.probability, w) for c, w in zip(distribution.candidates, weights, strict=True)
    ]
    console.print(distribution_table(rows, chosen))
    mass = "none stated" if distribution.mass is None else f"{distribution.mass:.2f}"
    console.print(
        f"entropy {distribution.entropy():.2f} nats · effective size "
        f"{distribution.effective_size():.1f} of {len(distribution)} · stated mass {mass} · "
        f"parse {distribution.parse}"
    )

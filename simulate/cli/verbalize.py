"""`simulate verbalize`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulate.cli.options import AsJson, Model, ModelOptions, RandomSeed, with_options
from simulate.cli.stderr import say
from simulate.errors import InputError, unreadable
from simulate.limits import MOST_DIALOGUES
from simulate.terminal.output import print_json

if TYPE_CHECKING:
    from simulate.comparison.known_truths import TruthCheck
    from simulate.models.named import NamedModels
    from simulate.verbalized import ReplyDistribution, Weighed


@with_options
def verbalize(
    prompt: Annotated[str | None, typer.Argument(help="What to ask.")] = None,
    k: Annotated[str, typer.Option("-k", help="How many candidates; a number or auto.")] = "5",
    method: Annotated[
        str, typer.Option(help="A method, such as vs, vs-cot, sequence or direct.")
    ] = "vs",
    model: Model = None,
    rounds: Annotated[
        int | None, typer.Option(help="Calls of vs-multi over which k is spread. Default: 2.")
    ] = None,
    wording: Annotated[
        str | None,
        typer.Option(
            help="How likeliness is asked for: implicit, explicit, relative, percentage, "
            "confidence, perplexity or nll. Default: the method's own."
        ),
    ] = None,
    below: Annotated[
        float | None, typer.Option(help="Only candidates less likely than this, in (0, 1].")
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A Jinja file in place of the method's prompt."),
    ] = None,
    draw: Annotated[str, typer.Option(help="probability, uniform or mode.")] = "probability",
    temper: Annotated[
        float | None, typer.Option(help="Flatten (above 1) or sharpen the weights; > 0.")
    ] = None,
    tau: Annotated[
        float | None,
        typer.Option(help="Keep candidates stated to be at least this likely, in [0, 1]."),
    ] = None,
    weight_mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="elicited (by what was stated), softmax (by its exponential) or uniform.",
        ),
    ] = "elicited",
    min_k: Annotated[
        int, typer.Option("--min-k", min=1, help="Keep this many, where fewer reach --tau.")
    ] = 3,
    check: Annotated[
        bool,
        typer.Option("--check", help="In place of a prompt: calibration where truth is known."),
    ] = False,
    n: Annotated[
        int,
        typer.Option(
            "--n",
            "-n",
            min=1,
            max=MOST_DIALOGUES,
            help="With --check: direct answers for each truth.",
        ),
    ] = 20,
    prompt_version: Annotated[
        int, typer.Option(help="Of the shipped prompts: 2, or 1, which they were before.")
    ] = 2,
    seed: RandomSeed = 0,
    *,
    endpoints: ModelOptions,
    as_json: AsJson = False,
) -> None:
    """Ask a model for a distribution of responses, and draw one.

    Example: `simulate verbalize "Tell me a joke about coffee" -k 5`;
    `simulate verbalize --check --model gpt-4.1-mini`
    """
    if k != "auto" and not (k.isdecimal() and len(k) < 10):
        raise InputError(f"-k {k}: must be a whole number ≥ 1, or auto")
    options: dict[str, Any] = {
        "k": "auto" if k == "auto" else int(k),
        "method": method,
        "rounds": rounds,
        "wording": wording,
        "below": below,
        "template": _text(template),
    }
    if check:
        if prompt is not None or below is not None or tau is not None or weight_mode != "elicited":
            raise InputError(
                "--check asks questions of its own and reads them as stated: leave the prompt, "
                "--below, --tau and --weight-mode out"
            )
        _print_known_truths(
            _calibrated(options, model, endpoints.names(), n, seed, prompt_version), as_json
        )
        return
    if prompt is None:
        raise InputError("give a prompt, such as “Tell me a joke about coffee”, or --check")
    if draw not in ("probability", "uniform", "mode"):
        raise InputError(f"--draw {draw}: must be probability, uniform or mode")
    if temper is not None and not temper > 0:
        raise InputError(f"--temper {temper:g}: must be > 0; 1 leaves the weights as they are")
    from simulate.engine import verbalize_sync
    from simulate.randomness import uniform
    from simulate.verbalized import Weighting

    weighting = Weighting(tau, weight_mode, min_k)  # type: ignore[arg-type]
    distribution = verbalize_sync(
        prompt,
        model=model,
        models=endpoints.names(),
        seed=seed,
        prompt_version=prompt_version,
        tell=say,
        **options,
    )
    weighed = weighting.apply(distribution)
    distribution = weighed.distribution
    if weighed.relaxed:
        say(weighed.relaxed)
    if temper is not None:
        distribution = distribution.tempered(temper)
    chosen = distribution.draw(uniform(seed, "verbalize", prompt), draw)  # type: ignore[arg-type]
    _print_distribution(distribution, chosen, weighed, below, as_json)


def _text(template: Path | None) -> str | None:
    if template is None:
        return None
    try:
        return template.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"--template {template}: cannot be read: {unreadable(error)}") from None


def _print_distribution(
    distribution: ReplyDistribution,
    chosen: int,
    weighed: Weighed,
    below: float | None,
    as_json: bool,
) -> None:
    weights = distribution.weights.tolist()
    if as_json:
        candidates = [
            {"text": c.text, "probability": c.probability, "weight": w}
            | ({"above": True} if c.is_above(below) else {})
            for c, w in zip(distribution.candidates, weights, strict=True)
        ]
        printed = {
            "candidates": candidates,
            "chosen": chosen,
            "mass": distribution.mass,
            "entropy": distribution.entropy(),
            "effective_size": distribution.effective_size(),
            "parse": distribution.parse,
            "tau": weighed.tau,
            "dropped": weighed.dropped,
        }
        print_json(printed)
        return
    from simulate.cli.distribution_table import distribution_table
    from simulate.terminal.safe_console import SafeConsole

    console = SafeConsole()
    console.print(distribution_table(distribution, chosen, below=below))
    mass = "none stated" if distribution.mass is None else f"{distribution.mass:.2f}"
    console.print(
        f"entropy {distribution.entropy():.2f} nats · effective size "
        f"{distribution.effective_size():.1f} of {len(distribution)} · stated mass {mass} · "
        f"parse {distribution.parse}" + (f" · {weighed.dropped} dropped" * bool(weighed.dropped))
    )


def _calibrated(
    options: dict[str, Any], model: str | None, names: NamedModels, n: int, seed: int, version: int
) -> list[TruthCheck]:
    from simulate.comparison.known_truths import check_truths
    from simulate.engine import method_spec
    from simulate.models import Models
    from simulate.synchronous import run_to_end

    spec = method_spec(**options)

    def tell(name: str) -> None:
        print(f"asking about: {name}", file=sys.stderr)

    async def ask() -> list[TruthCheck]:
        async with Models(tell=say, names=names) as models:
            asked = models.chat(model)
            models.check_given()
            return await check_truths(
                asked, spec, n=n, seed=seed, prompt_version=version, listener=tell
            )

    return run_to_end(ask())


def _print_known_truths(rows: list[TruthCheck], as_json: bool) -> None:
    from simulate.report.known_truths_table import known_truths_dict, print_known_truths

    if as_json:
        print_json(known_truths_dict(rows))
        return
    from simulate.terminal.safe_console import SafeConsole

    print_known_truths(rows, SafeConsole())

"""What a model call costs, by the price list that the package `genai-prices` carries.

Nothing is looked up online. A model at an address that the list does not know (a server of one's
own, a proxy) has an unknown price: never 0, and never that of a namesake elsewhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from simulate.models.chat import Usage

Price = Callable[[Usage], float]
"""Usage of one call to its cost in USD."""


BATCH_DISCOUNT = 0.5
"""What a call in a batch costs of another one's price, where the list does not say it."""


def price_of(model: str, base_url: str, *, batch: bool = False) -> Price | None:
    """Return the price of a model at an endpoint; None where it is unknown.

    Args:
        model: its name there.
        base_url: the endpoint.
        batch: whether its calls go out in batches. Where the list has no price for those, it is
            half of that of other calls.
    """
    if _is_ours(urlsplit(base_url).hostname or ""):
        return None
    import genai_prices

    def price(usage: Usage, *, batch: bool = batch) -> float:
        counted = genai_prices.Usage(
            input_tokens=usage.prompt_tokens,
            cache_read_tokens=min(usage.cached_tokens, usage.prompt_tokens),
            output_tokens=usage.completion_tokens,
        )
        found = genai_prices.calc_price(
            counted,
            model,
            provider_api_url=base_url,
            price_context={"processing": "batch"} if batch else None,
        )
        return float(found.total_price)

    some = Usage(1_000_000, 0, 1_000_000)
    try:
        alone = price(some, batch=False)
    except (LookupError, ValueError):
        return None
    if batch and price(some) == alone:
        return lambda usage: BATCH_DISCOUNT * price(usage, batch=False)
    return price


def _is_ours(host: str) -> bool:
    """Tell whether a host is this machine or one of its network, whose prices no list knows."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".localhost", ".internal"))

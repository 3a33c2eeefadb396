from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from simulate.comparison import Comparison, Sample, Settings, compare_samples
from simulate.comparison.provenance import Provenance
from simulate.reference import load
from simulate.report.comparison_document import comparison_document
from simulate.report.document_html import to_html
from simulate.runfile import Failure

NASTY = "<script>alert(1)</script>\x1b[2J\u202e"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    rng = np.random.default_rng(0)
    samples = [
        Sample.of(NASTY, rng.choice([0.0, 0.5, 2.0], 60)),
        replace(Sample.of("few", [0.0, 1.0]), failed=3),
    ]
    settings = Settings(draws=200, margins={"": 0.1})
    return compare_samples(samples, load("persuasionforgood-donations"), settings=settings)


@pytest.fixture(scope="module")
def page(comparison: Comparison) -> str:
    counts = {"completed": 60, "failed": 2, "running": 0, "planned": 1}
    told = [Failure("model", NASTY, 2, 0)]
    run = Provenance("run.db", "r1", {"scenario": NASTY}, [("vs", counts)], told, [NASTY], [NASTY])
    return to_html(comparison_document(comparison, [run]))


class Tags(HTMLParser):
    """The elements of a page, and what they load."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.loaded += [v or "" for k, v in attrs if k in ("src", "href")]


def test_what_is_foreign_is_escaped(page: str) -> None:
    assert NASTY not in page
    assert "&lt;script&gt;" in page
    assert r"\x1b[2J" in page
    assert not {"\x1b", "\u202e"} & set(page)


def test_there_is_no_script_and_nothing_is_loaded(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.names
    assert all(source.startswith(("data:image/svg+xml;base64,", "#s")) for source in tags.loaded)
    assert len([source for source in tags.loaded if source.startswith("data:")]) == 3


def test_the_policy_forbids_everything_but_the_page_itself(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src &#39;none&#39;; img-src data:; style-src")
    assert "unsafe" not in policy[1]


def test_the_policy_lets_the_pages_own_style_through(page: str) -> None:
    import base64
    import hashlib

    style = page.split("<style>", 1)[1].split("</style>", 1)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in page.replace("&#43;", "+")


def test_every_number_has_a_line_on_how_to_read_it(page: str, comparison: Comparison) -> None:
    how = page.split("<summary>How to read this</summary>", 1)[1].split("</dl>", 1)[0]
    for label in ("KS", "W1", "TV", "floor", "bound", "baselines"):
        assert f"<dt>{label}</dt>" in how


def test_failures_and_the_scenario_are_told(page: str) -> None:
    assert "2 × model" in page
    assert "3 failed" in page
    assert "<summary>Scenario, as it was resolved</summary>" in page


def test_a_number_that_is_not_defined_is_not_printed(page: str) -> None:
    told = re.sub(r'src="[^"]*"', "", page.split("</style>")[1])
    assert "no interval" in told
    assert not re.search(r"\bnan\b", told.lower())

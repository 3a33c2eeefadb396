import re
from pathlib import Path

import pytest

from docs.site.layout import MADE
from simulate.scenario import load_scenario
from tests.endpoint import Serve

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_scenario_of_the_readme_is_valid(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "rent.yaml"
    path.write_text(text)
    assert [c.label for c in load_scenario(path).cells()] == ["direct", "vs"]


def test_every_file_that_the_docs_link_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]
    linked = [
        page.parent / link
        for page in pages
        for link in re.findall(r"\]\(([^):#\s]+)[#)]", page.read_text("utf-8"))
    ]
    assert len(linked) > 100
    made = {*MADE}  # from the source, when the site is built
    assert [n for n in linked if not n.exists() and n.resolve() not in made] == []


def test_the_readme_runs_the_tests_that_ci_runs() -> None:
    assert "uv run pytest" in README.split("```")[1]
    assert "pytest -n auto" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")], ids=lambda path: path.name
)
def test_every_source_file_that_the_docs_name_is_there(path: Path) -> None:
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", path.read_text("utf-8")))
    folders = [ROOT, ROOT / "simulate", ROOT / "tests", ROOT / "tests" / "plugin"]
    assert [n for n in named if not any((f / n).exists() for f in folders)] == []


def test_the_code_of_the_migration_guide_runs(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "migrating.md").read_text("utf-8")
    [code] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    monkeypatch.setenv("SIMULATE_MODEL", serve().spec)
    names: dict[str, object] = {}
    exec(code, names)  # noqa: S102
    assert "| weight | stated | candidate |" in capsys.readouterr().out
    assert names["again"] == names["likely"]

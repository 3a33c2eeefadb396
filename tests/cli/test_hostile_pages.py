"""A report of hostile texts in a real browser: nothing of theirs runs, loads or leads away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.chromium import chromium_page, needs_chromium
from tests.cli.test_hostile import reference_file, written
from tests.conftest import Command

PAYLOADS = [
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "</style><script>document.title='owned'</script>",
    "</title><script>document.title='owned'</script>",
    "</textarea></pre></td></table><script>document.title='owned'</script>",
    "--><script>document.title='owned'</script>",
    "]]><script>document.title='owned'</script>",
    "<img src=x onerror=document.title='owned'>",
    "<img src=http://127.0.0.1:9/x>",
    "<svg/onload=document.title='owned'>",
    "<svg><animate onbegin=document.title='owned' attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
    "<iframe srcdoc='<script>parent.document.title=`owned`</script>'></iframe>",
    "<object data=http://127.0.0.1:9/x></object><embed src=http://127.0.0.1:9/x>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x><base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/x'>",
    "<form action=http://127.0.0.1:9/><input autofocus onfocus=document.title='owned'>",
    "<details open ontoggle=document.title='owned'>",
    "<video><source onerror=document.title='owned'></video>",
    "<body onload=document.title='owned'>",
    "<style>@import 'http://127.0.0.1:9/x'; body{background:url(http://127.0.0.1:9/y)}</style>",
    "<a href=javascript:document.title='owned'>x</a>",
    "\" autofocus onfocus=\"document.title='owned'",
    "' onmouseover='document.title=1",
    "`-document.title='owned'-`",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    "&#60;script&#62;document.title='owned'&#60;/script&#62;",
    "<scr<script>ipt>document.title='owned'</scr</script>ipt>",
    "\ufeff<script>document.title='owned'</script>",
    "＜script＞document.title='owned'＜/script＞",
    "{{ ''.__class__ }}{% for x in [1] %}{{ x }}{% endfor %}",
    "</script\n><img src=x\nonerror\n=\ndocument.title='owned'>",
]


async def opened(file: Path) -> tuple[list[str], str, str]:
    """Open a page; return what it did, its title after a while, and its text."""
    done: list[str] = []
    async with chromium_page() as page:
        page.on("dialog", lambda dialog: done.append(f"dialog {dialog.message}"))
        page.on("console", lambda said: done.append(f"console {said.text}"))
        page.on("framenavigated", lambda frame: done.append(f"went to {frame.url}"))
        page.on("request", lambda request: done.append(f"asked {request.url}"))
        await page.goto(file.as_uri())
        await page.mouse.move(200, 200)
        await page.keyboard.press("Tab")
        return done, await page.title(), await page.inner_text("body")


@needs_chromium
@pytest.mark.slow
def test_nothing_of_hostile_texts_runs_or_loads_in_a_browser(
    tmp_path: Path, command: Command
) -> None:
    run, file = written(tmp_path / "a.db", PAYLOADS), tmp_path / "r.html"
    human = str(reference_file(tmp_path))
    options = ["--reference", human, "--outcome", "gift", "--column", "gift"]
    code, _, told = command("compare", str(run), *options, "--html", str(file))
    assert code == 0, told
    done, title, text = asyncio.run(opened(file))
    url = file.as_uri()
    beyond = [each for each in done if not each.startswith("asked data:")]
    assert beyond == [f"asked {url}", f"went to {url}"]
    assert title.startswith("gift")
    assert PAYLOADS[0] in text

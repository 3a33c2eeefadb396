"""Every key of the terminal UI: what it does, and the name by which the settings change it."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from simulate.report.next_views import NEXT

PAGES = {
    "answer": ("0", "Answer"),
    "browse": ("1", "Dialogues"),
    "distributions": ("2", "Distributions"),
    "failures": ("3", "Failures"),
    "live": ("4", "Live"),
    "twins": ("w", "Twins"),
    "tree": ("t", "Tree"),
    "groups": ("g", "Groups"),
    "typical": ("v", "Typical and tail"),
}
"""Page to its key and title."""
ANSWERED = {
    "Answer": "is it like humans",
    "Dialogues": "who said what, and what else could have been said",
    "Live": "the run as it goes on",
    **{title: answered for _, title, answered in NEXT},
}
"""Title of a page to what it answers."""

APP: list[BindingType] = [
    *(
        Binding(
            key,
            f"page('{name}')",
            title,
            show=False,
            tooltip=ANSWERED[title].capitalize(),
            id=f"app.{name}",
        )
        for name, (key, title) in PAGES.items()
    ),
    Binding("x", "next_failed(1)", "Next failed", show=False,
            tooltip="Open the next failed dialogue", id="app.next-failed"),
    Binding("X", "next_failed(-1)", "Previous failed", show=False,
            tooltip="Open the previous failed dialogue", id="app.previous-failed"),
    Binding("F", "follow", "Follow", show=False,
            tooltip="Follow the run as it goes on, or pause", id="app.follow"),
    Binding("e", "export", "Export", show=False,
            tooltip="Write this view, dialogue or selection to a file", id="app.export"),
    Binding("T", "next_theme", "Theme", show=False, tooltip="Change colours: dark, light, ansi",
            id="app.theme"),
    Binding("question_mark,f1", "help", "Help", key_display="?",
            tooltip="What the keys do, and what is shown", id="app.help"),
    Binding("q", "quit", "Quit", tooltip="Leave", id="app.quit"),
    Binding("ctrl+q", "quit", "Quit", show=False, system=True, priority=True),
    Binding("ctrl+o", "jump", "Jump", priority=True,
            tooltip="Letters on the panes: press one to go there", id="app.jump"),
    Binding("ctrl+p", "command_palette", "Commands", priority=True,
            tooltip="All commands, in groups", id="app.palette"),
    Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True,
            tooltip="Back to the shell for a while; fg comes back", id="app.suspend"),
]  # fmt: skip
"""Anywhere."""

BROWSE: list[BindingType] = [
    Binding("escape", "back", "Back", show=False, tooltip="One pane back", id="browse.back"),
    Binding("f", "filter", "Filter", tooltip='Such as cell:vs outcome>0.5 text:"rent"',
            id="browse.filter"),
    Binding("slash", "search", "Search", key_display="/",
            tooltip="Regular expression through all transcripts", id="browse.search"),
    Binding("n", "search_next(1)", "Next match", show=False,
            tooltip="Next turn that the search finds", id="browse.next-match"),
    Binding("N", "search_next(-1)", "Previous match", show=False,
            tooltip="Previous turn that the search finds", id="browse.previous-match"),
    Binding("space", "step_turn(1)", "Turn", tooltip="Step to the next turn",
            id="browse.next-turn"),
    Binding("backspace,b", "step_turn(-1)", "Previous turn", show=False,
            tooltip="Step to the previous turn", id="browse.previous-turn"),
    Binding("full_stop", "step_dialogue(1)", "Next dialogue", show=False, key_display=".",
            tooltip="Open the next dialogue of the table", id="browse.next-dialogue"),
    Binding("comma", "step_dialogue(-1)", "Previous dialogue", show=False, key_display=",",
            tooltip="Open the previous dialogue", id="browse.previous-dialogue"),
    Binding("s", "sort_next(1)", "Sort", show=False, tooltip="Sort by the next column",
            id="browse.sort"),
    Binding("S", "sort_turn", "Reverse order", show=False,
            tooltip="Reverse the order", id="browse.sort-turn"),
    Binding("m", "mark", "Mark", show=False, tooltip="Mark the dialogue, for export",
            id="browse.mark"),
    Binding("M", "unmark", "Unmark all", show=False, tooltip="Remove all marks",
            id="browse.unmark"),
    Binding("p", "persona", "Persona", tooltip="The card of this dialogue's persona",
            id="browse.persona"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy the turn, or the dialogue",
            id="browse.copy"),
]  # fmt: skip
"""The page of runs, dialogues and transcripts."""

TABLE: list[BindingType] = [
    Binding("up,k", "move(-1)", "Up", show=False, id="table.up"),
    Binding("down,j", "move(1)", "Down", show=False, id="table.down"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page-up"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page-down"),
    Binding("home", "first", "First row", show=False, id="table.first"),
    Binding("end", "last", "Last row", show=False, id="table.last"),
    Binding("left,h", "sideways(-8)", "Left", show=False, id="table.left"),
    Binding("right,l", "sideways(8)", "Right", show=False, id="table.right"),
    Binding("enter", "choose", "Open", tooltip="Open the row under the cursor", id="table.open"),
]
"""A table."""

TRANSCRIPT: list[BindingType] = [
    Binding("up,k", "step(-1)", "Up", show=False, id="transcript.up"),
    Binding("down,j", "step(1)", "Down", show=False, id="transcript.down"),
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="transcript.page-up"),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="transcript.page-down"),
    Binding("home", "edge(0)", "First turn", show=False, id="transcript.first"),
    Binding("end", "edge(1)", "Last turn", show=False, id="transcript.last"),
    Binding(
        "enter",
        "look_behind",
        "Prompt",
        tooltip="The exact prompt of this turn, and what the model wrote",
        id="transcript.prompt",
    ),
    Binding(
        "c",
        "all_candidates",
        "Candidates",
        tooltip="Show the candidates of every turn, or of this one only",
        id="transcript.candidates",
    ),
]
"""A transcript."""

DISTRIBUTIONS: list[BindingType] = [
    Binding("escape", "back", "Back", show=False, tooltip="Back to the dialogues",
            id="distributions.back"),
    Binding("space", "view(1)", "Next view", tooltip="Outcome, entropy, stated, summary",
            id="distributions.view"),
    Binding("backspace", "view(-1)", "Previous view", show=False, tooltip="The previous view",
            id="distributions.view-before"),
    Binding("o", "next('outcome')", "Outcome", tooltip="The next outcome",
            id="distributions.outcome"),
    Binding("a", "next('side-a')", "Side A", tooltip="Another cell or run as A",
            id="distributions.a"),
    Binding("b", "next('side-b')", "Side B", tooltip="Another cell or run as B",
            id="distributions.b"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy the table of distances",
            id="distributions.copy"),
]  # fmt: skip
"""The page of distributions."""

FAILURES: list[BindingType] = [
    Binding("escape", "back", "Back", tooltip="Back to the dialogues", id="failures.back"),
    Binding("full_stop,space", "step(1)", "Next dialogue", key_display=".",
            tooltip="The next dialogue of this reason", id="failures.next"),
    Binding("comma,backspace", "step(-1)", "Previous dialogue", show=False, key_display=",",
            tooltip="The previous dialogue of this reason", id="failures.previous"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy what the model wrote",
            id="failures.copy"),
    Binding("o", "open", "Open dialogue", tooltip="Read the dialogue, at the turn",
            id="failures.open"),
]  # fmt: skip
"""The page of failures."""

LIVE: list[BindingType] = [
    Binding("escape", "back", "Back", tooltip="Back to the dialogues", id="live.back"),
    Binding("space", "app.follow", "Follow or pause", tooltip="Pause the screen, or follow the run",
            id="live.follow"),
    Binding("enter", "open", "Open newest", tooltip="Read the dialogue of the newest turn",
            id="live.open"),
]  # fmt: skip
"""The page of a run that is going on."""

ANALYSIS: list[BindingType] = [
    Binding("escape", "back", "Back", tooltip="Back to the dialogues", id="analysis.back"),
    Binding("o", "next_outcome", "Outcome", tooltip="The next outcome", id="analysis.outcome"),
    Binding("y", "copy", "Copy", show=False, tooltip="Copy what is said", id="analysis.copy"),
]
"""A page that shows an analysis."""

TWINS: list[BindingType] = [
    Binding("a", "next_cell(0)", "Cell A", tooltip="Another cell as A", id="twins.a"),
    Binding("b", "next_cell(1)", "Cell B", tooltip="Another cell as B", id="twins.b"),
    Binding("A", "open(0)", "Read A", show=False, tooltip="Read the dialogue of A (also enter)",
            id="twins.open-a"),
    Binding("B", "open(1)", "Read B", tooltip="Read the dialogue of B", id="twins.open-b"),
    Binding("space", "scroll_pair(1)", "Scroll", show=False,
            tooltip="Scroll the two dialogues on", id="twins.on"),
    Binding("backspace", "scroll_pair(-1)", "Scroll back", show=False,
            tooltip="Scroll the two dialogues back", id="twins.back"),
]  # fmt: skip
"""The page of twins, beside the keys of an analysis."""

TREE: list[BindingType] = [
    Binding("full_stop", "step_dialogue(1)", "Next dialogue", key_display=".",
            tooltip="The tree of the next dialogue", id="tree.next"),
    Binding("comma", "step_dialogue(-1)", "Previous dialogue", show=False, key_display=",",
            tooltip="The tree of the dialogue before", id="tree.previous"),
]  # fmt: skip
"""The page of a tree, beside the keys of an analysis."""

TREE_LINES: list[BindingType] = [
    Binding("up,k", "cursor_up", "Up", show=False, id="tree.up"),
    Binding("down,j", "cursor_down", "Down", show=False, id="tree.down"),
    Binding("enter", "select", "Open",
            tooltip="The prompt of the turn, or the dialogue of the branch", id="tree.open"),
]  # fmt: skip
"""The lines of a tree."""

GROUPS: list[BindingType] = [
    Binding("a", "next_attribute(1)", "Attribute", tooltip="Group by the next attribute",
            id="groups.attribute"),
    Binding("A", "next_attribute(-1)", "Previous attribute", show=False,
            tooltip="Group by the previous attribute", id="groups.previous-attribute"),
    Binding("c", "next_cell", "Cell", tooltip="Another cell, or all together", id="groups.cell"),
    Binding("pageup,ctrl+b", "scroll(-1)", "Page up", show=False, id="groups.page-up"),
    Binding("pagedown,ctrl+f", "scroll(1)", "Page down", show=False, id="groups.page-down"),
]  # fmt: skip
"""The page of groups, beside the keys of an analysis."""

GROUP: list[BindingType] = [
    Binding("left,h", "screen.move(-1, 0)", "Left", show=False, id="group.left"),
    Binding("right,l", "screen.move(1, 0)", "Right", show=False, id="group.right"),
    Binding("up,k", "screen.move(0, -1)", "Up", show=False, id="group.up"),
    Binding("down,j", "screen.move(0, 1)", "Down", show=False, id="group.down"),
    Binding("enter", "screen.open_group", "Dialogues", tooltip="The dialogues of this group",
            id="group.open"),
]  # fmt: skip
"""A group of personas."""

TYPICAL: list[BindingType] = [
    Binding("space", "next_turn(1)", "Turn", tooltip="The next turn of a user",
            id="typical.turn"),
    Binding("backspace", "next_turn(-1)", "Previous turn", show=False,
            tooltip="The previous turn of a user", id="typical.previous-turn"),
    Binding("c", "next_cell", "Cell", tooltip="The next cell", id="typical.cell"),
    Binding("up,k", "move(-1)", "Up", show=False, id="typical.up"),
    Binding("down,j", "move(1)", "Down", show=False, id="typical.down"),
    Binding("pageup,ctrl+b", "scroll(-1)", "Page up", show=False, id="typical.page-up"),
    Binding("pagedown,ctrl+f", "scroll(1)", "Page down", show=False, id="typical.page-down"),
    Binding("enter", "open_example", "Example",
            tooltip="Read the dialogue that the text is from, at its turn", id="typical.open"),
]  # fmt: skip
"""The page of typical and tail replies, beside the keys of an analysis."""

TEXT_MODAL: list[BindingType] = [
    Binding("escape,q", "close", "Close", tooltip="Back to the page", id="sheet.close"),
    Binding("y", "copy", "Copy", tooltip="Copy the text", id="sheet.copy"),
    Binding("down,j", "scroll(1)", "Down", show=False, id="sheet.down"),
    Binding("up,k", "scroll(-1)", "Up", show=False, id="sheet.up"),
    Binding("pagedown,space", "page(1)", "Page down", show=False, id="sheet.page-down"),
    Binding("pageup,b", "page(-1)", "Page up", show=False, id="sheet.page-up"),
    Binding("home", "edge(0)", "Top", show=False, id="sheet.top"),
    Binding("end", "edge(1)", "End", show=False, id="sheet.end"),
]
"""A text over a page: help, a persona, a prompt."""

EXPORT_MENU: list[BindingType] = [
    Binding("escape,q", "close", "Close", tooltip="Write nothing", id="menu.close"),
    Binding("s", "choose('svg')", "SVG", id="menu.svg"),
    Binding("t", "choose('text')", "Text", id="menu.text"),
    Binding("m", "choose('markdown')", "Markdown", id="menu.markdown"),
    Binding("j", "choose('jsonl')", "JSONL", id="menu.jsonl"),
]
"""The menu of what to write to a file."""

QUIT_DIALOG: list[BindingType] = [
    Binding("escape", "choose('stay')", "Stay", tooltip="Stay here", id="leave.stay"),
    Binding("g", "choose('go-on')", "Go on", id="leave.go-on"),
    Binding("s", "choose('stop')", "Stop", id="leave.stop"),
]
"""The question what becomes of a run that is going on."""

OF_PAGE = {
    "browse": BROWSE,
    "distributions": DISTRIBUTIONS,
    "failures": FAILURES,
    "live": LIVE,
    "twins": [*ANALYSIS, *TWINS],
    "tree": [*ANALYSIS, *TREE, *TREE_LINES],
    "groups": [*ANALYSIS, *GROUPS, *GROUP],
    "typical": [*ANALYSIS, *TYPICAL],
}
"""Page to its own keys; those of all others are `ANALYSIS`."""

_ALL = (
    APP,
    BROWSE,
    TABLE,
    TRANSCRIPT,
    DISTRIBUTIONS,
    FAILURES,
    LIVE,
    ANALYSIS,
    TWINS,
    TREE,
    TREE_LINES,
    GROUPS,
    GROUP,
    TYPICAL,
    TEXT_MODAL,
    EXPORT_MENU,
    QUIT_DIALOG,
)


def all_keys() -> list[tuple[str, str, str]]:
    """Return name, keys and description of every command that has a name."""
    found: dict[str, tuple[str, str, str]] = {}
    for binding in (each for group in _ALL for each in group):
        if isinstance(binding, Binding) and binding.id:
            what = binding.tooltip or binding.description
            found[binding.id] = (binding.id, binding.key, what)
    return list(found.values())

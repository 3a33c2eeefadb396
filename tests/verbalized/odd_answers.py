r"""Answers as models write them, and what they say: the corpus that the parser is measured on.

All were asked for replies with probabilities from 0 to 1.
"""

from __future__ import annotations

A, B = ("Yes, gladly.", 0.6), ("No.", 0.4)
BOTH = [A, B]
ROWS = '[{"text": "Yes, gladly.", "probability": 0.6}, {"text": "No.", "probability": 0.4}]'
GOOD = '{"responses": ' + ROWS + "}"
ESCAPED = GOOD.replace('"', '\\"')


def one(literal: str, number: str = "0.5", tail: str = "") -> str:
    """Return an answer of one reply whose text is a literal as it stands."""
    return '{"responses": [{"text": ' + literal + ', "probability": ' + number + tail + "}]}"


def says(*texts: str, p: float = 0.5) -> list[tuple[str, float]]:
    return [(text, p) for text in texts]


def numbers(first: str, second: str = "0.4") -> str:
    return GOOD.replace("0.6", first).replace("0.4", second)


READ: dict[str, tuple[str, list[tuple[str, float]]]] = {
    # Around the JSON
    "fence": (f"```json\n{GOOD}\n```", BOTH),
    "fence without a language": (f"```\n{GOOD}\n```", BOTH),
    "fence of another name": (f"```JSON5\n{GOOD}\n```", BOTH),
    "fence on one line": (f"```json {GOOD} ```", BOTH),
    "fence that is not closed": (f"```json\n{GOOD}", BOTH),
    "fence of tildes": (f"~~~\n{GOOD}\n~~~", BOTH),
    "fence inside a text": (
        'Sure: {"responses": [{"text": "use ```json\\n[{\\"text\\": \\"evil\\"}]\\n``` here", '
        '"probability": 0.5}]}',
        says('use ```json\n[{"text": "evil"}]\n``` here'),
    ),
    "raw fence inside a text": (
        'Sure:\n{"responses": [{"text": "```\n{evil}\n```", "probability": 0.5},]}',
        says("```\n{evil}\n```"),
    ),
    "line before": (f"Here are two replies:\n{GOOD}", BOTH),
    "line after": (f"{GOOD}\nHope this helps! :)", BOTH),
    "quotes after": (f'{GOOD}\nI chose "Yes" because it is likely.', BOTH),
    "heading": (f"### Answer\n\n{GOOD}\n\n---", BOTH),
    "bold": (f"**Answer:** {GOOD}", BOTH),
    "assignment": (f"responses = {ROWS}", BOTH),
    "name before": (f'"responses": {ROWS}', BOTH),
    "word json before": (f"json\n{GOOD}", BOTH),
    "byte order mark": (f"\ufeff{GOOD}", BOTH),
    "no-break spaces": (GOOD.replace("}, {", "},\u00a0{"), BOTH),
    "zero-width spaces": (GOOD.replace(": ", ":\u200b"), BOTH),
    "a note in brackets": (f"[Note: two replies]\n{GOOD}", BOTH),
    "a reference in brackets": (f"As said [1], {GOOD}", BOTH),
    "a set in braces": (f"Of {{yes, no}}: {GOOD}", BOTH),
    "a stage direction": (f"[sighs] {GOOD}", BOTH),
    "a brace too many": (GOOD + "}", BOTH),
    "a full stop": (GOOD + ".", BOTH),
    "a semicolon": (GOOD + ";", BOTH),
    "written twice": (f"{GOOD}\n\n{GOOD}", BOTH),
    "an empty list beside it": (f"{GOOD} []", BOTH),
    "a bare list": (ROWS, BOTH),
    "a list in a list": (f"[{GOOD}]", BOTH),
    "XML around": (f"<answer>{GOOD}</answer>", BOTH),
    "backticks around": (f"`{GOOD}`", BOTH),
    "quotation marks around": (f"'{GOOD}'", BOTH),
    "double quotation marks around": (f'"{GOOD}"', BOTH),
    # Commas, comments, keys, words
    "comma before }": (GOOD.replace("}", ",}"), BOTH),
    "comma before ]": (GOOD.replace("]", " , ]"), BOTH),
    "no comma between objects": (GOOD.replace("}, {", "}\n{"), BOTH),
    "no comma between members": (GOOD.replace('", "prob', '"\n"prob'), BOTH),
    "no comma after a number": (
        '{"responses": [{"probability": 0.6 "text": "a"}]}',
        [("a", 0.6)],
    ),
    "full-width punctuation": (GOOD.replace(": ", "：").replace("}, {", "}，{"), BOTH),
    "comment at the end of a line": (GOOD.replace("}, {", "}, // likely\n {"), BOTH),
    "comment before the comma": (GOOD.replace("}, {", "} /* likely, [ } */, {"), BOTH),
    "comment of Python": (GOOD.replace("}, {", "}, # likely: {\n {"), BOTH),
    "comment after a text": (GOOD.replace('",', '", // so\n'), BOTH),
    "slashes in a text": (
        one('"see https://a.b/*c", ').replace(", ,", ","),
        says("see https://a.b/*c"),
    ),
    "keys without quotes": ('{responses: [{text: "a", probability: 0.5}]}', says("a")),
    "Python's words": (one('"a"', "0.5", ', "ends": False, "note": None'), says("a")),
    "an unknown field": (one('"a"', "0.5", ', "why": "it, [is] {likely}"'), says("a")),
    "everything at once": (
        "Sure!\n```js\n// two\n{responses: [{'text': 'it\\'s fine', probability: .5,},]}\n```",
        says("it's fine"),
    ),
    # Quotation marks
    "single quotes": ("{'responses': [{'text': 'a', 'probability': 0.5}]}", says("a")),
    "repr": (
        str({"responses": [{"text": 'I\'m "fine"', "probability": 0.5}]}),
        says('I\'m "fine"'),
    ),
    "repr with double quotes": (
        "{'responses': [{'text': \"I'm fine\", 'probability': 0.5}]}",
        says("I'm fine"),
    ),
    "apostrophe in single quotes": (
        "{'responses': [{'text': 'It's fine, isn't it', 'probability': 0.5}]}",
        says("It's fine, isn't it"),
    ),
    "single quotes around text with double": (one("'say \"hi\"'"), says('say "hi"')),
    "curly quotes": ("{“responses”: [{“text”: “a”, “probability”: 0.5}]}", says("a")),
    "curly around straight": (one('“so "they" said”'), says('so "they" said')),
    "German quotes": ("{„responses“: [{„text“: „a“, „probability“: 0.5}]}", says("a")),
    "single curly quotes": ("{‘responses’: [{‘text’: ‘it’s’, ‘probability’: 0.5}]}", says("it’s")),
    "curly quotes inside": (one('"so “they” said",}').replace(",},", ","), says("so “they” said")),
    "unescaped quotes": (one('"She said "yes" to me"'), says('She said "yes" to me')),
    "unescaped at the beginning": (one('""Yes," she said"'), says('"Yes," she said')),
    "unescaped at the end": (one('"She said "yes.""'), says('She said "yes."')),
    "unescaped around all": (one('""Yes""'), says("Yes")),
    "unescaped twice, with a comma": (
        one('"I say "a", "b" and go"'),
        says('I say "a", "b" and go'),
    ),
    "unescaped before the last brace": (
        '{"responses": [{"probability": 0.5, "text": "I said "no""}]}',
        says('I said "no"'),
    ),
    # What a literal says
    "ASCII-escaped": (one('"\\ud83d\\ude00 \\u00fc"'), says("😀 ü")),
    "ASCII-escaped and broken": (one('"\\ud83d\\ude00 \\u00fc"', tail=","), says("😀 ü")),
    "solidus": (one('"a\\/b"', tail=","), says("a/b")),
    "backslash and quote": (one('"a \\\\\\" b"', tail=","), says('a \\" b')),
    "backslashes": (one('"a \\\\n b \\\\\\\\ c"', tail=","), says("a \\n b \\\\ c")),
    "form feed alone": (one('"a\\f b"', tail=","), says("a\f b")),
    "line break": (one('"a\\nB"', tail=","), says("a\nB")),
    "line break and tab": (one('"a\\n\\tb"', tail=","), says("a\n\tb")),
    "line break in lower case": (one('"ok\\ni dunno\\nu?"'), says("ok\ni dunno\nu?")),
    "raw line break": (one('"a\nb"'), says("a\nb")),
    "raw line break and tab": (one('"a\r\n\tb"'), says("a\r\n\tb")),
    "apostrophe escaped": (one('"I\\\'m fine"'), says("I'm fine")),
    "escaped dollar": (one('"costs \\$5"'), says("costs \\$5")),
    "control by its number": (one('"a\\u000cb"'), says("a\fb")),
    "closers in a text": (one('"end it with }]} or so"', tail=","), says("end it with }]} or so")),
    "JSON in a text": (one('"{\\"text\\": \\"x\\"}"', tail=","), says('{"text": "x"}')),
    "comma and brace in a text": (one('"a,} b,] //c"', tail=","), says("a,} b,] //c")),
    "LaTeX": (one('"2 \\times \\frac{1}{2}"'), says(r"2 \times \frac{1}{2}")),
    "LaTeX beta": (one('"\\beta + \\nabla f = \\rho"'), says(r"\beta + \nabla f = \rho")),
    "LaTeX alpha": (one('"\\alpha_1 \\leq \\sqrt{2}"'), says(r"\alpha_1 \leq \sqrt{2}")),
    "LaTeX upsilon": (one('"\\upsilon, \\underline{a}"'), says(r"\upsilon, \underline{a}")),
    "LaTeX theta, broken": (one('"\\theta_1"', tail=","), says(r"\theta_1")),
    "a line in lower case beside what looks like fields": (
        one("\"They say 'stop': no.\\nso {a},\\n{b}\""),
        says("They say 'stop': no.\nso {a},\n{b}"),
    ),
    "LaTeX doubled": (one('"\\\\times \\\\frac{1}{2}\\nso"'), says("\\times \\frac{1}{2}\nso")),
    "LaTeX and a line": (one('"\\frac{1}{2}.\\nThen"'), says("\\frac{1}{2}.\nThen")),
    "LaTeX brackets": (one('"\\(x\\) and \\[y\\]"'), says(r"\(x\) and \[y\]")),
    # Other shapes
    "envelope": ('{"data": ' + GOOD + "}", BOTH),
    "two envelopes": ('{"status": "ok", "result": {"output": ' + GOOD + "}}", BOTH),
    "function call": ('{"name": "respond", "arguments": ' + GOOD + "}", BOTH),
    "arguments as a string": ('{"name": "respond", "arguments": "' + ESCAPED + '"}', BOTH),
    "parameters": ('{"type": "function", "name": "respond", "parameters": ' + GOOD + "}", BOTH),
    "tool calls": (
        '{"tool_calls": [{"id": "1", "type": "function", "function": {"name": "respond", '
        '"arguments": "' + ESCAPED + '"}}]}',
        BOTH,
    ),
    "a string of JSON": (f'"{ESCAPED}"', BOTH),
    "a string of JSON without quotes": (ESCAPED, BOTH),
    "results": (GOOD.replace("responses", "results"), BOTH),
    "Responses, Text, Probability": (
        GOOD.replace("responses", "Responses").replace('"text', '"Text').replace('"prob', '"Prob'),
        BOTH,
    ),
    "replies": (GOOD.replace("responses", "replies").replace('"text', '"reply'), BOTH),
    "prob": (GOOD.replace("probability", "prob"), BOTH),
    "a list under response": (GOOD.replace("responses", "response"), BOTH),
    "numbered": (
        '{"1": {"text": "a", "probability": 0.5}, "2": {"text": "b", "probability": 0.5}}',
        says("a", "b"),
    ),
    "numbered in a list's place": (
        '{"responses": {"response_1": {"text": "a", "probability": 0.5}, '
        '"response_2": {"text": "b", "probability": 0.5}}}',
        says("a", "b"),
    ),
    "texts as keys": ('{"Yes, gladly.": 0.6, "No.": 0.4}', BOTH),
    "texts as keys, in percent": ('{"Yes, gladly.": "60%", "No.": "40%"}', BOTH),
    "texts as keys of responses": ('{"responses": {"Yes, gladly.": 0.6, "No.": 0.4}}', BOTH),
    "one candidate alone": ('{"text": "a", "probability": 0.5}', says("a")),
    "JSON lines": (
        '{"text": "a", "probability": 0.5}\n{"text": "b", "probability": 0.5}',
        says("a", "b"),
    ),
    "JSON lines with commas": (
        '{"text": "a", "probability": 0.5},\n{"text": "b", "probability": 0.5},',
        says("a", "b"),
    ),
    "JSON lines, numbered": (
        '1. {"text": "a", "probability": 0.5}\n2. {"text": "b", "probability": 0.5}',
        says("a", "b"),
    ),
    "JSON lines in a list of points": (
        'Sure:\n- {"text": "a", "probability": 0.5}\n- {"text": "b", "probability": 0.5}\n',
        says("a", "b"),
    ),
    # Numbers
    "numbers as texts": (numbers('"0.6"', '".4"'), BOTH),
    "percent signs": (numbers('"60%"', '"40 %"'), BOTH),
    "percent signs, bare": (numbers("60%", "40 %"), BOTH),
    "full-width percent": (numbers('"60％"', '"４０％"'), BOTH),
    "full-width digits": (numbers('"０．６"', '"0.4"'), BOTH),
    "the word percent": (numbers('"60 percent"', '"40 Percent"'), BOTH),
    "the word percent, bare": (numbers("60 percent", "40 per cent"), BOTH),
    "decimal comma": (numbers('"0,6"', '"0,4"'), BOTH),
    "decimal comma, bare": (numbers("0,6", "0,4"), BOTH),
    "a decimal comma before a member": (
        '{"responses": [{"probability": 0,5, "text": "a"}]}',
        says("a"),
    ),
    "with its percentage": (numbers('"0.6 (60%)"', '"0.4 (40%)"'), BOTH),
    "with its percentage, bare": (numbers("0.6 (60%)", "0.4 (40%)"), BOTH),
    "percentage with its number": (numbers('"60% (0.6)"', '"40% (0.4)"'), BOTH),
    "a bare point": (numbers(".6", "+.4"), BOTH),
    "exponents": (numbers("6e-1", '"4E-1"'), BOTH),
    "whole percent": (numbers("60", "40"), BOTH),
}
"""By what is odd about it: the answer, and the texts and probabilities that it says."""

AS_ASKED = {
    "slashes in a text",
    "an unknown field",
    "curly quotes inside",
    "ASCII-escaped",
    "line break in lower case",
    "control by its number",
    "LaTeX doubled",
    "a line in lower case beside what looks like fields",
}
"""Those of them that are clean."""

REFUSED: dict[str, str] = {
    "a comment over the next candidate": (
        "{'responses': [{'text': 'a', 'probability': 0.6 // so}, {'text': 'b', 'probability': 0.4\n"
        "}]}"
    ),
    "closers in a text that is not escaped": (
        '{"responses": [{"probability": 0.25, "text": "x" }]}"\n} // so] }'
    ),
    "nothing": "",
    "a refusal": "I'm sorry, but I can't help with that.",
    "prose": 'I would say "yes" with 60% and "no" with 40%.',
    "a lone brace": '{"}',
    "cut in a text": '{"responses": [{"text": "end it with }]} or so and the',
    "cut in a text, fenced": '```json\n{"responses": [{"text": "end it with }]} or so and the\n```',
    "cut after a candidate": GOOD[: GOOD.index(", {")],
    "cut in the second line": '{"text": "a", "probability": 0.5}\n{"text": "b", "prob',
    "cut and closed by a quote": '{"responses": [{"text": "a", "probability": 0.5}, {"text": "b"',
    "without the last brace": GOOD[:-1],
    "without a brace in the middle": GOOD.replace("}, {", ", {"),
    "wrong bracket": GOOD.replace("]}", "}]"),
    "a string of JSON cut off": "\"{'responses': [{'text': 'a\\\\\\\\b', 'probability': 0.5}]}",
    "ellipsis": GOOD.replace("]", ", ...]"),
    "an element missing": GOOD.replace("}, {", "},, {"),
    "two different answers": GOOD + "\nOr rather:\n" + GOOD.replace("0.6", "0.7"),
    "two fences": f"```json\n{GOOD}\n```\nBetter:\n```json\n" + GOOD.replace("No", "Yes") + "\n```",
    "two lists": '{"responses": [{"text": "a", "probability": 1}]}\n{"responses": []}',
    "draft and answer": '{"draft": "x"} {"text": "a", "probability": 0.5}',
    "prose between lines": '{"text": "a", "probability": 0.5} or {"text": "b", "probability": 0.5}',
    "list and object": ROWS + ' {"text": "c", "probability": 0.1}',
    "a key twice": one('"a"', "0.5", ', "text": "b"'),
    "quotes around parts": '["Yes," she said, "but no", "b"]',
    "quotes in a list": '{"responses": ["I like "a", "b" too", "c"]}',
    "an odd quote": one('"it is 5" long"'),
    "a quote that is not closed": one('"a').replace(', "prob', ', {"prob'),
    "a text that is not closed": GOOD.replace('gladly."', "gladly."),
    "two texts that are not closed": GOOD.replace('."', "."),
    "two literals": one('"a", "b"'),
    "literals joined": one('"a" + "b"'),
    "triple quotes": one('"""a"""'),
    "quotes before a colon": one('"the "answer": yes"'),
    "quotes and brackets": one('"the "a" in {b}"'),
    "bare JSON in a text": one('"send {"a": "b"} now"'),
    "single quotes inside single": one("'I say 'yes', 'no''"),
    "a plural's apostrophe": one("'the dogs' bone'"),
    "curly quotes in curly": one("“she said “yes” to me”"),
    "mixed quotes": '{"responses”: [{"text": "a", "probability": 0.5}]}',
    "a text without quotes": one("fine by me"),
    "escape of C": one('"a\\x41"'),
    "escape of JavaScript": one('"a\\u{1F600}"'),
    "escape of Python": one('"a\\U0001F600"'),
    "a short unicode escape": one('"a\\u00e"'),
    "an octal escape": one('"a\\033[1m"'),
    "a class of a pattern": one('"\\d+"'),
    "a line continued": one('"a\\\nb"'),
    "a raw control": one('"a\x07b"'),
    "LaTeX nu": one('"\\frac{1}{2}\\nu"'),
    "LaTeX nu in maths": one('"$\\nu$"'),
    "LaTeX tan": one('"\\tan x"'),
    "LaTeX and a line in lower case": one('"\\frac{1}{2}\\nso we"'),
    "no list": '{"thoughts": [{"text": "a", "probability": 0.5}]}',
    "two lists of responses": '{"replies": [{"text": "a"}], "answers": [{"text": "b"}]}',
    "a text beside an envelope": '{"message": "ok", "data": ' + GOOD + "}",
    "points out of ten": numbers("10", "8"),
    "two fields of text": '{"responses": [{"answer": "a", "message": "b", "probability": 0.5}]}',
    "two fields of numbers": '{"responses": [{"text": "a", "prob": 0.5, "confidence": 0.9}]}',
    "only numbers": '{"probability": 0.3, "confidence": 0.4}',
    "numbers for numbered": '{"1": 0.6, "2": 0.4}',
    "fields that may be texts": '{"score": 0.8, "rating": 0.4}',
    "texts as keys, twice": '{"Yes": 0.6, "Yes": 0.4}',
    "texts as keys, with words": '{"Yes": "high", "No": "low"}',
    "logprob": GOOD.replace("probability", "logprob"),
    "percentage": numbers("60", "40").replace("probability", "percentage"),
    "nll": GOOD.replace("probability", "nll"),
    "perplexity": GOOD.replace("probability", "perplexity"),
    "a range": numbers('"0.5-0.7"'),
    "a range, bare": numbers("0.5-0.7"),
    "words": numbers('"high"'),
    "words, bare": numbers("high"),
    "less than": numbers('"<0.01"'),
    "less than, bare": numbers("<0.01"),
    "about": numbers('"about 0.6"'),
    "odds": numbers('"3/5"'),
    "one in": numbers('"3 in 5"'),
    "a thousand": numbers('"1,234"'),
    "a thousand, bare": numbers("1,234"),
    "two numbers": numbers('"0.6 0.7"'),
    "a pair that differs": numbers('"0.6 (70%)"'),
    "a null": numbers("null"),
    "percent among fractions": numbers('"60%"'),
    "above one": numbers("1.2"),
}
"""By what is odd about it: an answer that has no reading, or more than one."""

"""`role-inversion`: the simulated user speaks as the assistant.

It offers help, apologises in the company's name, asks the customer for the order number, thanks
for contacting, or says again, nearly word for word, what the other side said.

A person's own helplessness or politeness is none of these: “can you help me”, “sorry for the
trouble”, “can I get your name”. So each pattern is a whole phrase of a service desk, in English,
Spanish, German, French, Italian or Portuguese; in other languages only the repetition is found.
It finds what it names and nothing like it: of hand-written turns that it had not seen it found 7 of
20, with no false alarm in 24; in 10,332 turns of human persuadees there are 3. See
`docs/stress-checks.md`.
"""

from __future__ import annotations

import re

from simulate.measures.normalization import flat, without_quoted, words
from simulate.runfile import Examined
from simulate.stress.simulator.fault import Fault, own_sentences

__all__ = ["role_inversion", "speaks_as_assistant"]

ALIKE = 92.0
"""From this ratio (rapidfuzz, 0 to 100) on, a turn repeats another."""

FEWEST_WORDS = 9
"""Shorter turns, such as “Thank you, have a nice day”, may be alike by chance."""

COMPARED = 2_000
"""How many characters of a turn are compared."""

_NUMBERS = (
    r"(?:(?:order|account|booking|customer|reference|confirmation|invoice|reservation|tracking|"
    r"policy|membership|case|ticket)(?:\s+(?:or|and|/)\s+\w+)?\s*(?:number|id|code|details|"
    r"reference)|date of birth|shipping address|billing address|delivery address|"
    r"registered (?:email|phone)\w*)"
)
_ASK = r"(?:provide|share|give|tell|confirm|send|verify|enter|let me know|let me have|have|get)"

_PHRASES: dict[str, tuple[str, ...]] = {
    "it offers help": (
        r"\b(?:how|what) (?:can|may|could) i (?:help|assist|do for|support) (?:you|u)\b"
        r"(?! (?:to )?(?:find|fix|see|solve|understand|get|resolve|speed))",
        r"\bhow (?:can|may) i be of (?:help|assistance|service)\b",
        r"\b(?:is|was) there any ?thing else (?:that )?(?:i|we) can (?:help|assist|do|support)\b",
        r"\b(?:anything|something) else (?:i|we) can (?:help|assist) (?:you )?(?:with|today)\b",
        r"\b(?:i am|i'm|i'd be|i would be|we are|we're|we'd be) (?:more than )?(?:happy|glad|here|"
        r"delighted|pleased) to (?:help|assist|support) (?:you|with that|with your)\b",
        r"\blet me (?:look (?:that|this|it) up|look into (?:that|this|your)|check (?:that|this|it) "
        r"for you|pull up your|assist you|help you with|check your (?:order|account|booking))\b",
        r"\bi(?:'ll| will| can) (?:gladly |now |be able to )*(?:process|issue|arrange|initiate) "
        r"(?:(?:your|the|a|an) )?(?:full |partial )?(?:refund|return|replacement|exchange)\b"
        r"(?! request| form| myself| slip)",
        r"\bi(?:'ve| have) (?:now |just |already |gone ahead and )?(?:processed|issued|initiated|"
        r"arranged|approved) (?:your|a|the) (?:full |partial )?(?:refund|replacement|exchange)\b",
        r"\b(?:thank you|thanks) for (?:contacting|reaching out to|calling|choosing|shopping with|"
        r"being a (?:loyal|valued) customer)\b(?! me\b)",
        r"\bsomething i can (?:help|assist) (?:you|u|with)\b",
        r"\b(?:i've|i have) (?:now |just )?(?:located|found|checked|reviewed|pulled up|"
        r"looked up|updated|cancel+ed) your (?:order|account|booking|case|reservation|request|"
        r"details)\b",
        r"\byour (?:refund|return|replacement|request|order|claim|booking) (?:has been|was|is "
        r"being) (?:successfully )?(?:processed|issued|approved|initiated|confirmed|escalated)\b",
        r"\brest assured,? (?:that )?(?:we|our|your|i)\b",
        r"^\W{0,8}as (?:a|an|your) (?:customer )?(?:service|support) (?:representative|rep|agent|"
        r"assistant),? i\b",
        r"\b(?:please hold|one moment|bear with me|hold on) (?:please )?while i (?:check|look|pull|"
        r"find|access|review) ",
        r"\bwe (?:value|appreciate) your (?:business|patience|feedback|loyalty)\b",
        r"\bour (?:return|refund|cancellation|shipping|privacy|exchange) (?:window|polic)",
        r"\bi(?:'m| am|'ll| will| can) (?:now |going to |happy to )*(?:transfer|connect|"
        r"escalat)\w* (?:you to|your (?:case|request|issue))\b",
        r"\bwelcome to (?:[\w'&.-]+ ){0,4}(?:customer )?(?:support|service|care|help ?desk)\b",
        r"\b¿?en qu[eé] (?:puedo|podemos|le puedo|te puedo) (?:ayudar|asistir|servir)",
        r"\bpuedo ayudar(?:le|te) en algo m[aá]s\b",
        r"\bhay algo m[aá]s en lo que (?:le |te )?pueda\b",
        r"\bgracias por (?:contactar|comunicarse|ponerse en contacto|llamar a nuestr)",
        r"\bestoy aqu[ií] para ayudar(?:le|te)\b",
        r"\b(?:wie|womit) (?:kann|darf) ich (?:ihnen|dir) (?:heute |noch |weiter)*(?:helfen|"
        r"behilflich)",
        r"\bkann ich (?:ihnen|dir) (?:sonst )?noch (?:bei|mit) (?:etwas|irgend)",
        r"\bkann ich (?:sonst )?noch etwas für (?:sie|dich) tun\b",
        r"\b(?:vielen )?dank,? (?:dass sie sich an uns|für ihre (?:kontaktaufnahme|anfrage|"
        r"bestellung bei uns))",
        r"\bich helfe (?:ihnen|dir) gerne? (?:weiter|dabei)\b",
        r"\b(?:comment|en quoi) (?:puis-je|puis je|je peux|pouvons-nous) vous (?:aider|assister|"
        r"être utile)",
        r"\bpuis-je vous aider (?:avec|pour) autre chose\b",
        r"\bmerci (?:d'avoir contact|de nous avoir contact|de votre patience et)",
        r"\b(?:come|in cosa) (?:posso|possiamo) (?:aiutar(?:la|ti)|esser(?:le|ti) d'aiuto)",
        r"\bgrazie per averci contattat",
        r"\b(?:como|em que) (?:posso|podemos) (?:ajudá-l|ajudar voc|te ajudar|lhe ajudar|"
        r"ajudar(?=\W*$| hoje))",
        r"\bobrigad[oa] por entrar em contato\b",
    ),
    "it apologises in the company's name": (
        r"\bwe (?:sincerely |deeply |truly |do )*apologi[sz]e for (?:any|the|this|your)\b"
        r"(?! (?:late|short|delay in (?:my|our)))",
        r"\b(?:i|we) (?:sincerely |deeply |do |truly )*apologi[sz]e for (?:any|the) "
        r"(?:inconvenience|frustration|trouble|delay|confusion) (?:this|that|it|you|our|we)\b",
        r"\bsorry for (?:the|any) inconvenience caused\b",
        r"\b(?:i am|i'm|we are|we're|so) (?:very |so |truly |really |deeply )*sorry (?:for|about) "
        r"(?:the|any) (?:inconvenience|frustration|trouble|delay) (?:this|that|it|you'?ve?|our|we)"
        r"\b(?!.{0,20}\bi\b)",
        # Of what befell somebody's cat any person says this; of an order, only a service desk.
        r"\bsorry to hear (?:that |about )?(?:the (?:trouble|issue|problem)s? )?you(?:'re|r|'ve)?"
        r"(?: are| have| had| been)* (?:\w+ ){0,3}(?:trouble|issues?|problems?|difficult\w+|order|"
        r"parcel|package|delivery|experience|item|product|account|booking|refund)\b(?! last)",
        r"\bi (?:completely |totally |fully )?understand (?:your|how) (?:frustrat|concern|"
        r"upset|inconvenien)\w*",
        r"\b(?:lamentamos|sentimos|disculpamos|pedimos disculpas por|disculpe) (?:mucho )?"
        r"(?:los?|las?|cualquier) (?:inconvenient|molestia|demora)\w*(?= (?:que|ocasionad|"
        r"causad|y le)|[.!,]|$)",
        r"\bwir (?:bitten|entschuldigen uns) (?:\w+ )*(?:um entschuldigung|für die "
        r"unannehmlichkeiten|für (?:das|den|die|etwaige)\b)",
        r"\bes tut uns (?:sehr )?leid,? (?:dass sie|für die)",
        r"\bnous (?:nous excusons|vous prions de (?:nous )?excuser|sommes désolés) (?:\w+ )*"
        r"(?:pour|de) (?:la|le|les|ce|cet|cette|tout|votre)\b",
        r"\bci scusiamo per\b",
        r"\bpedimos desculpas? (?:pel[oa]s?|por)\b",
    ),
    "it asks for what only the customer has": (
        rf"\b(?:can|could|would|will|may) (?:you|i|we) (?:please |kindly |just |also )*{_ASK} "
        rf"(?:me |us |with me )?(?:with )?your (?:\w+ )?{_NUMBERS}",
        rf"\b(?:i'll|i will|i|we|we'll|we will) (?:just |also )?need your (?:\w+ )?{_NUMBERS}",
        rf"\bplease (?:also |kindly )?{_ASK} (?:me |us )?(?:with )?your (?:\w+ )?{_NUMBERS}",
        rf"\b(?:what is|what's|may i ask for) your (?:\w+ )?{_NUMBERS}",
        r"\b(?:puede|podría|puedes|podrías|me puede|me podría|necesito que me) "
        r"(?:\w+ )?(?:dar|darme|decirme|facilitar|facilitarme|proporcionar|proporcionarme|indicar|"
        r"indicarme|confirme) (?:el |su |tu )(?:número|numero|código) de (?:su |tu )?(?:pedido|"
        r"cuenta|reserva|cliente)",
        r"\b(?:ind[ií]queme|facilíteme|deme|confírmeme) (?:el |su )(?:número|numero|código) de "
        r"(?:su )?(?:pedido|cuenta|reserva|cliente)",
        r"\bpuis-je avoir votre (?:numéro|référence) de (?:commande|compte|client|dossier)",
        r"\bposso avere il suo numero (?:d'|dell'|di )",
        r"\b(?:können|könnten|würden) sie (?:mir )?(?:bitte )?(?:ihre|die) (?:bestell|kunden|"
        r"auftrags|buchungs|rechnungs)nummer\b",
        r"\b(?:wie lautet|nennen sie mir (?:bitte )?) ?ihre (?:bestell|kunden|auftrags|buchungs|"
        r"rechnungs)nummer\b",
        r"\b(?:pouvez|pourriez)[- ]vous (?:me |nous )?(?:\w+ )*(?:donner|fournir|communiquer|"
        r"indiquer) votre (?:numéro|référence|code) de (?:commande|compte|client|dossier|"
        r"réservation)",
        r"\b(?:può|potrebbe) (?:\w+ )?(?:darmi|fornirmi|dirmi|indicarmi) il (?:suo )?numero "
        r"(?:d'|dell'|di |del suo )",
        r"\bpode(?:ria)? (?:me |por favor )*(?:informar|dar|passar|fornecer) (?:o )?(?:seu )?"
        r"número d[oe] (?:seu )?(?:pedido|conta|reserva)",
    ),
}
_COMPILED = [
    (reason, re.compile("|".join(patterns), re.IGNORECASE)) for reason, patterns in _PHRASES.items()
]


def speaks_as_assistant(text: str) -> tuple[str, str] | None:
    """Return the phrase of a service desk in a text and what it does; None without one."""
    for sentence in own_sentences(text):
        for reason, pattern in _COMPILED:
            if found := pattern.search(sentence.replace("’", "'")):
                return sentence[found.start() : found.end()], reason
    return None


def role_inversion(dialogue: Examined, user: str) -> Fault | None:
    """Return the first turn in which a user speaks as the other side."""
    from rapidfuzz import fuzz

    others: list[str] = []
    for turn in dialogue.turns:
        if turn.speaker != user:
            if len(words(turn.text)) >= FEWEST_WORDS:
                others.append(flat(turn.text[:COMPARED]).text.strip())
            continue
        if found := speaks_as_assistant(turn.text):
            return Fault(turn.index, *found)
        # A user who quotes the other side does so in quotation marks, or adds words of its own.
        said = flat(without_quoted(turn.text)[:COMPARED]).text.strip()
        if any(fuzz.ratio(said, other, score_cutoff=ALIKE) > 0 for other in others):
            return Fault(turn.index, turn.text, "it repeats what the other side said")
    return None

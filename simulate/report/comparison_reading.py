"""How the figures and the columns of a comparison are read."""

CAPTIONS = {
    "ecdf": "A line inside the grey band could be that of as many fresh people.",
    "histogram": "Share of dialogues per bin of the declared histogram; the reference in grey.",
    "forest": (
        "The grey area holds 95 % of what as many fresh people "
        "would show, the line is their mean. Grey squares are naive baselines: a method that is "
        "not to their left has shown nothing."
    ),
}
SHARES_CAPTION = "Share of dialogues with each level, samples beside the reference."
GLOSSARY = (
    (
        "[low, high]",
        "Interval of the distance, for new personas from this model and prompt and new people; not "
        "for other models or wordings. It begins at 0 exactly where p is not below .05 (for 95 %); "
        "that alone does not show that the sample is like the reference.",
    ),
    (
        "floor",
        "How far from the reference as many fresh, independent people as the sample has effective "
        "personas would be: mean, and the value that 95 % of such groups stay under.",
    ),
    (
        "p",
        "How often the distance would be this large if both sides were alike, in the sample's own "
        "design; in brackets corrected for the number of samples (Holm). It falls with n, which "
        "costs only calls: read the distance first.",
    ),
    (
        "contrasts",
        "Which of two samples with the same personas is closer. Only these say so: that one "
        "distance is smaller than another does not.",
    ),
    (
        "bound",
        "One-sided upper bound. Only where it lies under a margin named beforehand is the sample "
        "called human-like.",
    ),
    (
        "baselines",
        "What costs no model call: everybody gives the median or the mode of the reference, "
        "answers spread evenly, or other people. A method must beat the first three and aim at "
        "the last. What is not sampled has no p.",
    ),
)

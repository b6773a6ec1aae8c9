"""A gentle check: the adjustment is written down, never the diagnosis. Pure; it warns, and blocks nothing."""

from __future__ import annotations

import re

WORDS = (
    r"diagnos\w*",
    r"disorders?",
    r"syndromes?",
    r"disabilit(?:y|ies)",
    r"disabled",
    r"autis\w+",
    r"asperger\w*",
    r"dyslex\w+",
    r"dyscalcul\w+",
    r"dysgraph\w+",
    r"dysprax\w+",
    r"tourette\w*",
    r"epilep\w+",
    r"diabet\w+",
    r"bipolar",
    r"anxiety",
    r"depress(?:ion|ed|ive)",
    r"cerebral palsy",
    r"cancer",
    r"AD/?HD",
)
LETTERS = (r"ADD", r"ASD", r"OCD", r"PTSD", r"ODD", r"FASD")  # in small letters they are ordinary words, or none
NAMED = re.compile(rf"(?<!\w)(?:(?i:{'|'.join(WORDS)})|{'|'.join(LETTERS)})(?!\w)")


def named_in(*texts: str) -> list[str]:
    """The words that sound like a diagnosis, as they were typed, each once."""
    found = [match.group() for text in texts for match in NAMED.finditer(text)]
    return list({word.casefold(): word for word in reversed(found)}.values())[::-1]

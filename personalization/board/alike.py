"""Which ideas of one activity are alike, so that they can be answered together. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

NEAR = 0.6  # of all words of two texts stand in both
MOST = 500  # ideas that are compared; with more, the newest are left alone
READ = 600  # characters of a plan, a hundred words: each is compared with each while somebody waits for the page
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Idea:
    """One idea in the words it was sent in."""

    id: int
    title: str
    plan: str


def groups(ideas: Sequence[Idea]) -> list[list[int]]:
    """The ids of those that are alike, two or more in a group, in the order given.

    Each is compared with the first of a group only: with any of them, a chain of small steps would end in one group
    that has little in common.
    """
    bits: dict[str, int] = {}
    found: list[tuple[Text, Text, list[int]]] = []
    for idea in ideas[:MOST]:
        title, plan = Text.of(idea.title, bits), Text.of(idea.plan[:READ], bits)
        for first_title, first_plan, ids in found:
            if title.is_near(first_title) or plan.is_near(first_plan):
                ids.append(idea.id)
                break
        else:
            found.append((title, plan, [idea.id]))
    return [ids for _title, _plan, ids in found if len(ids) > 1]


class Text(NamedTuple):
    """Which words stand in a text, as the bits of one number: two hundred texts are compared each with each while
    somebody waits, and numbers are compared at once. `size`: how many words."""

    words: int
    size: int

    @classmethod
    def of(cls, text: str, bits: dict[str, int]) -> Text:
        """`bits`: the place of each word known so far, which new ones are added to."""
        words = _words(text)
        return cls(sum(1 << bits.setdefault(word, len(bits)) for word in words), len(words))

    def is_near(self, other: Text) -> bool:
        """Whether the share of common words is large enough; two empty texts have nothing in common."""
        few, many = (self.size, other.size) if self.size < other.size else (other.size, self.size)
        if not few or few < NEAR * many:
            return False
        common = (self.words & other.words).bit_count()
        return common >= NEAR * (few + many - common)


def _words(text: str) -> frozenset[str]:
    """Without case, accents and punctuation, since students type these as they come."""
    if text.isascii():
        return frozenset(WORD.findall(text.casefold()))
    plain = unicodedata.normalize("NFKD", text.casefold())[:READ]  # one sign may become eighteen
    return frozenset(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))

"""Which ideas of one activity are alike, so that they can be answered together. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

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
    found: list[tuple[_Tokens, list[int]]] = []
    for idea in ideas[:MOST]:
        tokens = _Tokens.of(idea)
        group = next((ids for first, ids in found if first.is_near(tokens)), None)
        if group is None:
            found.append((tokens, [idea.id]))
        else:
            group.append(idea.id)
    return [ids for _first, ids in found if len(ids) > 1]


@dataclass(frozen=True)
class _Tokens:
    title: frozenset[str]
    plan: frozenset[str]

    @classmethod
    def of(cls, idea: Idea) -> _Tokens:
        return cls(_words(idea.title), _words(idea.plan[:READ]))

    def is_near(self, other: _Tokens) -> bool:
        return _near(self.title, other.title) or _near(self.plan, other.plan)


def _words(text: str) -> frozenset[str]:
    """Without case, accents and punctuation, since students type these as they come."""
    plain = unicodedata.normalize("NFKD", text.casefold())[:READ]  # one sign may become eighteen
    return frozenset(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def _near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the share of common words is large enough; two empty texts have nothing in common."""
    sizes = len(one), len(other)
    if not one or not other or min(sizes) < NEAR * max(sizes):
        return False
    common = len(one & other)
    return common >= NEAR * (sum(sizes) - common)

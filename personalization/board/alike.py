"""Which ideas of one activity are alike, so that they can be answered together. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# Two texts are near if three fifths of all their words stand in both: of the words of the one and those of the other,
# added up, three eighths.
IN_BOTH, OF = 3, 8
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
    places: dict[str, int] = {}
    found: list[tuple[int, int, int, int, list[int]]] = []
    for idea in ideas[:MOST]:
        title, words = _numbered(idea.title, places)
        plan, length = _numbered(idea.plan[:READ], places)
        # Called for each pair of them, this would take three times as long.
        for first_title, first_words, first_plan, first_length, ids in found:
            if (words and (title & first_title).bit_count() * OF >= IN_BOTH * (words + first_words)) or (
                length and (plan & first_plan).bit_count() * OF >= IN_BOTH * (length + first_length)
            ):
                ids.append(idea.id)
                break
        else:
            found.append((title, words, plan, length, [idea.id]))
    return [ids for *_first, ids in found if len(ids) > 1]


def _numbered(text: str, places: dict[str, int]) -> tuple[int, int]:
    """(which words stand in it, as the bits of one number; how many they are): two hundred texts are compared each with
    each while somebody waits, and numbers are compared at once. `places`: the bit of each word known so far, which new
    ones are added to."""
    words, which = _words(text), 0
    for word in words:
        which |= places.get(word) or places.setdefault(word, 1 << len(places))
    return which, len(words)


def _words(text: str) -> frozenset[str]:
    """Without case, accents and punctuation, since students type these as they come."""
    if text.isascii():
        return frozenset(WORD.findall(text.casefold()))
    plain = unicodedata.normalize("NFKD", text.casefold())[:READ]  # one sign may become eighteen
    return frozenset(WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))

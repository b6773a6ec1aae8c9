"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby, takewhile
from operator import itemgetter
from typing import Literal

Kind = Literal["same", "del", "ins"]
Run = tuple[bool, list[str], list[str]]  # same?, words of the old text, words of the new one

WORD = re.compile(r"(?:\w+(?:[’'-]\w+)*|[^\w\s])\s*")
MOST_PAIRS = 40_000  # of same words to compare by: prose that just fits has some 25,000; as slow as it gets, a second
ISLAND = 2  # so few kept words between two changes read worse than one longer change


def diff(old: str, new: str) -> list[tuple[Kind, str]]:
    """[(kind, text)] in reading order. "same" and "ins" joined are the new text, "same" and "del" the old one's words.

    White space alone is no change: "same" carries the new text's. What would take too long to compare, as no prose
    does, is one change between what both texts begin and end with.
    """
    before, after = WORD.findall(old.strip()), WORD.findall(new.strip())
    parts: list[tuple[Kind, str]] = []
    for same, gone, come in _without_islands(_runs(before, after)):
        if same:
            parts.append(("same", "".join(come)))
            continue
        if gone:
            parts.append(("del", "".join(gone)))
        if come:
            parts.append(("ins", "".join(come)))
    return parts


def _runs(before: list[str], after: list[str]) -> list[Run]:
    old, new = [w.rstrip() for w in before], [w.rstrip() for w in after]
    start = _alike(old, new)
    end = _alike(reversed(old[start:]), reversed(new[start:]))
    old_end, new_end = len(old) - end, len(new) - end
    if _pairs(old[start:old_end], new[start:new_end]) > MOST_PAIRS:
        runs = [
            (True, before[:start], after[:start]),
            (False, before[start:old_end], after[start:new_end]),
            (True, before[old_end:], after[new_end:]),
        ]
        return [run for run in runs if run[1] or run[2]]
    matcher = SequenceMatcher(None, old, new)
    return [(tag == "equal", before[a:b], after[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


def _alike(old: Iterable[str], new: Iterable[str]) -> int:
    """With how many same words both begin."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _pairs(old: list[str], new: list[str]) -> int:
    """How many pairs of same words SequenceMatcher looks at each time; words in every hundredth place it leaves out."""
    often = len(new) // 100 + 1 if len(new) >= 200 else len(new)
    there = {word: count for word, count in Counter(new).items() if count <= often}
    return sum(there.get(word, 0) for word in old)


def _without_islands(runs: list[Run]) -> list[Run]:
    merged: list[Run] = []
    for same, members in groupby(_judged(runs), key=itemgetter(0)):
        group = list(members)
        merged.append((same, [w for _, gone, _ in group for w in gone], [w for _, _, come in group for w in come]))
    return merged


def _judged(runs: list[Run]) -> Iterator[Run]:
    """The runs, a short kept one between two changes counted as changed."""
    last = len(runs) - 1
    for place, (same, gone, come) in enumerate(runs):
        yield same and (place in {0, last} or len(come) > ISLAND), gone, come

"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from typing import Literal

Kind = Literal["same", "del", "ins"]
Run = tuple[bool, list[str], list[str]]  # same?, words of the old text, words of the new one

WORD = re.compile(r"(?:\w+(?:[’'-]\w+)*|[^\w\s])\s*")
ISLAND = 2  # so few kept words between two changes read worse than one longer change


def diff(old: str, new: str) -> list[tuple[Kind, str]]:
    """[(kind, text)] in reading order. "same" and "ins" joined are the new text, "same" and "del" the old one's words.

    White space alone is no change: "same" carries the new text's.
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
    matcher = SequenceMatcher(None, [w.rstrip() for w in before], [w.rstrip() for w in after])
    return [(tag == "equal", before[a:b], after[c:d]) for tag, a, b, c, d in matcher.get_opcodes()]


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

"""Texts from outside as the terminal of whoever runs the tool may show them. Pure."""

from __future__ import annotations

import json

# Not printable by Unicode, and harmless: a space that holds words together, and what joins or parts letters in them.
LEFT = "\N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def printed(text: str) -> str:
    """`text` on one line, with an escape such as `\\x1b` for whatever would break it, steer a terminal or turn the
    direction of reading: an LMS names its courses as it likes, and what is printed here is read before erasing."""
    return "".join(c if _is_harmless(c) else c.encode("unicode_escape").decode() for c in text)


def printed_json(values: object, indent: int | None = None) -> str:
    """`values` as JSON, with JSON's own escapes for the same: whoever reads it by a program reads what was written."""
    said = json.dumps(values, indent=indent, ensure_ascii=False)
    return "\n".join(line if line.isprintable() else _escaped(line) for line in said.split("\n"))


def _escaped(line: str) -> str:
    return "".join(c if _is_harmless(c) else json.dumps(c)[1:-1] for c in line)


def _is_harmless(character: str) -> bool:
    return character.isprintable() or character in LEFT

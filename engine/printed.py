"""Texts from outside as the terminal of whoever runs the tool may show them. Pure."""

from __future__ import annotations

# Not printable by Unicode, and harmless: a space that holds words together, and what joins or parts letters in them.
LEFT = "\N{NO-BREAK SPACE}\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def printed(text: str) -> str:
    """`text` on one line, with an escape such as `\\x1b` for whatever would break it, steer a terminal or turn the
    direction of reading: an LMS names its courses as it likes, and what is printed here is read before erasing."""
    return "".join(c if c.isprintable() or c in LEFT else c.encode("unicode_escape").decode() for c in text)

"""What is printed for whoever runs the tool cannot steer their terminal."""

from __future__ import annotations

import json

import pytest

from engine.printed import printed, printed_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Biology 9B", "Biology 9B"),
        ("Bio\nlogy\t9B", "Bio\\nlogy\\t9B"),
        ("\x1b[2J\x1b]0;root\x07", "\\x1b[2J\\x1b]0;root\\x07"),
        ("\x9b31m", "\\x9b31m"),  # the one-character form of the same
        ("9B\u202egnp.exe", "9B\\u202egnp.exe"),
        ("9B\u2028erased", "9B\\u2028erased"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a word of Persian is written so
        ("Ольга Иванова’s 10\N{NO-BREAK SPACE}% 🐸", "Ольга Иванова’s 10\N{NO-BREAK SPACE}% 🐸"),
    ],
)
def test_what_steers_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printed(text) == shown


@pytest.mark.parametrize("indent", [None, 2])
def test_json_with_escapes_says_what_was_written(indent: int | None) -> None:
    said = {"title": "Pond\x9b2J\u202e\U000e0001\x7f", "plan": ["two\nlines\t", "Ольга 🐸 می\u200cخواهم", 3.5, None]}
    shown = printed_json(said, indent)
    assert json.loads(shown) == said
    assert all(c.isprintable() or c in "\n\u200c" for c in shown)
    assert "Ольга 🐸" in shown

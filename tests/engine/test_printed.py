"""What is printed for whoever runs the tool cannot steer their terminal."""

from __future__ import annotations

import pytest

from engine.printed import printed


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

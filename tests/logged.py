"""What no line of our log may hold, whichever test had it written."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable

from tests.replay import Rows

# Tokens and assertions, private keys, addresses of people, and what leads to somebody's session or work.
SECRETS = re.compile(
    r"eyJ[\w-]{12,}|-----BEGIN|Bearer \w|client_assertion|[\w.+-]+@[\w.-]+\.[a-z]{2,}\b"
    r"|/files/|[?&](?:code|invite|key)="
)
FAMILIES = ("Okafor", "Diallo", "Haddad")  # of tests/cast.py and tests/lti/platform.py


def private(lines: Iterable[str], words: Collection[str] = ()) -> list[str]:
    """What stands in these lines of it, or of `words`, each with a line where it does."""
    text = "\n".join(lines)
    forms = {form for word in (*FAMILIES, *words) for form in (word, json.dumps(word)[1:-1])}
    found = {*SECRETS.findall(text), *(form for form in forms if form in text)}
    return [f"{one}: {next(line for line in text.splitlines() if one in line)}" for one in sorted(found)]


def texts(rows: Rows) -> set[str]:
    """Everything in these rows that somebody may have written: names, titles, sentences, lists of them."""
    found: set[str] = set()

    def look(value: object) -> None:
        if isinstance(value, str) and len(value) >= 6 and re.search(r"\w[ @]\w", value):
            found.add(value)
        elif isinstance(value, dict):
            for part in value.values():
                look(part)
        elif isinstance(value, list):
            for part in value:
                look(part)

    for table in rows.values():
        for row in table:
            for value in row.values():
                look(value)
    return found

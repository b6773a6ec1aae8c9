"""The messages that a running Moodle 4.2 and 4.5 sent, and Canvas's shapes, as they lie in captured/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.lti.platform import Lms

CAPTURED = Path(__file__).parent / "captured"
MOODLES = ["moodle-4.2", "moodle-4.5"]
TIMES = ("iat", "exp")


def captured(folder: str, name: str) -> Any:
    return json.loads((CAPTURED / folder / f"{name}.json").read_text())


def fresh(lms: Lms, claims: dict[str, Any]) -> dict[str, Any]:
    """The captured claims with a time and a nonce of now."""
    now = {name: lms.claims()[name] for name in TIMES}
    return {name: value for name, value in claims.items() if name != "nonce"} | now

"""The address of a row, found once for all of a list."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, url_for

from ui.addresses import address

RULES = ["/rows/<int:row_id>", "/rows/<int:row_id>/answer", "/find", "/rows/<row_id>"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("root", ["http://localhost", "http://localhost/below/a/path"])
def test_it_is_what_url_for_says(rule: str, root: str) -> None:
    app = Flask(__name__)
    app.add_url_rule(rule, "row", lambda **_any: "")
    with app.test_request_context(base_url=root):
        at = address("row", "row_id")
        for number in (1, 73, 2_147_483_647):
            given: dict[str, Any] = {"row_id": number}
            assert at(number) == url_for("row", **given)

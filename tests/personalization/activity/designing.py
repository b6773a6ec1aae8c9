"""Typing into the design page as a browser would, and looking at what came of it."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from personalization.activity.model import Activity

FOUR = {
    "title": "Energy in our pond",
    "shows": "Where does the sun’s energy go?",
    "options-0-title": "Field poster",
    "options-1-title": "Data story",
}


def page(response: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(response.text, "html.parser")


def form_of(response: TestResponse) -> MultiDict[str, str]:
    """What a browser would send if nothing were changed: the design form's successful controls."""
    form = page(response).find("form", id="design")
    assert isinstance(form, Tag)
    pairs: list[tuple[str, str]] = []
    for control in form.find_all(["input", "textarea", "select"]):
        name, kind = str(control.get("name") or ""), control.get("type")
        if not name or (kind in {"checkbox", "radio"} and not control.has_attr("checked")):
            continue
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            assert isinstance(chosen, Tag)
            pairs.append((name, str(chosen.get("value", ""))))
        else:
            pairs.append(
                (
                    name,
                    control.get_text().removeprefix("\r\n")
                    if control.name == "textarea"
                    else str(control.get("value", "")),
                )
            )
    return MultiDict(pairs)


def typed(fields: MultiDict[str, str], values: dict[str, str], **more: str) -> MultiDict[str, str]:
    changed = fields.copy()
    for name, value in {**values, **more}.items():
        changed[name] = value
    return changed


def the_one(session: Session) -> Activity:
    session.expire_all()
    return session.scalars(select(Activity)).one()

"""Reads claims as LMSs really write them: members may be missing, null, empty, unexpanded or of another type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.clock import parse_instant
from lti.id_token import CLAIM
from lti.quirks import full_role
from lti.storable import MOST_CHARACTERS, plain

COURSE_ROLE = re.compile(r"/vocab/lis/v2/membership[/#]")
TEACHES = re.compile(r"/vocab/lis/v2/membership(/Instructor)?#")
LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")
MOST_ROLES = 50
MOST_WORDS = 200  # each may become a row, of each of thousands of people


@dataclass(frozen=True)
class Roles:
    """Full role URIs, sorted: those in the course, and those in the institution or system."""

    in_course: list[str]
    elsewhere: list[str]

    @property
    def teaches(self) -> bool:
        return any(TEACHES.search(role) and role.endswith("#Instructor") for role in self.in_course)


def part(said: dict[str, Any], name: str) -> dict[str, Any]:
    """A claim that is an object; {} if it is anything else."""
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def parts(found: object) -> list[dict[str, Any]]:
    """The objects of a list; [] if it is none."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(said: dict[str, Any], name: str) -> str:
    """A member that is text, without what databases refuse; "" if it is anything else."""
    found = said.get(name)
    if not isinstance(found, str):
        return ""
    is_plain = found.isascii() and "\0" not in found  # as nearly all of the thousands of a class list
    return (found if is_plain else plain(found)).strip()


def texts(found: object) -> list[str]:
    """The texts of a list; [] if it is none."""
    return [plain(one) for one in found if isinstance(one, str) and one] if isinstance(found, list) else []


def words(commas: str) -> list[str]:
    """ "42,43" → ["42", "43"]; as many as somebody can have sections, or children."""
    return [word.strip() for word in commas.split(",") if word.strip()][:MOST_WORDS]


def roles(said: dict[str, Any]) -> Roles:
    found = sorted({full_role(role) for role in texts(said.get(CLAIM + "roles"))})[:MOST_ROLES]
    in_course = [role for role in found if COURSE_ROLE.search(role)]
    return Roles(in_course, [role for role in found if role not in in_course])


def custom(said: dict[str, Any]) -> dict[str, str]:
    """The custom parameters that have a value. A literal `$Name` is a variable that the LMS did not know."""
    found: dict[str, str] = {}
    for name, value in part(said, CLAIM + "custom").items():
        filled = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
        if isinstance(filled, str) and filled.strip() and not filled.startswith("$"):
            found[name] = plain(filled).strip()
    return found


def sourcedid(said: dict[str, Any]) -> str:
    """The school's own id of the person: in a launch in a claim of its own, in a roster a member; "" for neither."""
    found = text(part(said, CLAIM + "lis"), "person_sourcedid") or text(said, "lis_person_sourcedid")
    return "" if found.startswith("$") or len(found) > MOST_CHARACTERS else found


def moment(said: dict[str, str], *names: str) -> datetime | None:
    """The first of these custom parameters that is an ISO 8601 instant, as aware UTC."""
    for name in names:
        try:
            return parse_instant(said[name])
        except (KeyError, ValueError, OverflowError):
            continue
    return None


def zone(said: dict[str, Any], filled: dict[str, str]) -> str | None:
    """The person's time zone as an IANA name; Moodle says 99 for "the server's", which is none."""
    for name in (filled.get("timezone", ""), text(said, "zoneinfo")):
        try:
            if name and ZoneInfo(name).key:
                return name
        except (ValueError, OSError, LookupError):
            continue
    return None


def locale(said: dict[str, Any], filled: dict[str, str]) -> str | None:
    """The language to show: the page's before the person's."""
    presented = text(part(said, CLAIM + "launch_presentation"), "locale")
    for name in (presented, filled.get("locale", ""), text(said, "locale")):
        if LOCALE.fullmatch(name):
            return name
    return None

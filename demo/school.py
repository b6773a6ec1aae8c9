"""What every view needs: the school's settings and key, one store session per request, who is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, abort, current_app, g, request
from flask import session as cookie
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from demo import library, roster
from demo.base import Role, open_store
from demo.store import Course, Enrolment, Person, Tool


@dataclass(frozen=True, kw_only=True)
class LmsConfig:
    """`base_url` without a trailing slash; `page_size` of rosters, line items and results where the LMS pages unasked;
    `clock_file` is the one the tool reads, None where there is none to move."""

    folder: Path
    base_url: str
    secret_key: str
    page_size: int = 10
    clock_file: Path | None = None


@dataclass(frozen=True)
class School:
    config: LmsConfig
    engine: Engine
    private_key: str


def open_school(app: Flask, config: LmsConfig) -> School:
    """Open the folder's store and key, made and filled at the first start."""
    config.folder.mkdir(parents=True, exist_ok=True)
    key_file = config.folder / "riverbend.pem"
    if not key_file.exists():
        key_file.touch(mode=0o600)
        key_file.write_text(library.make_key())
    engine = open_store(config.folder / "riverbend.sqlite3")
    with Session(engine) as session, session.begin():
        if not session.scalar(select(Course.id).limit(1)):
            roster.fill(session)
    made = School(config, engine, key_file.read_text())
    app.extensions["riverbend"] = made
    app.teardown_appcontext(_close)
    return made


def _close(_error: BaseException | None) -> None:
    opened: Session | None = g.pop("store", None)
    if opened is not None:
        opened.close()


def school() -> School:
    found: School = current_app.extensions["riverbend"]
    return found


def store() -> Session:
    """This request's session on the store."""
    if "store" not in g:
        g.store = Session(school().engine)
    opened: Session = g.store
    return opened


def now() -> datetime:
    """The LMS runs on real time: the demo's clock control moves the tool's domain time only."""
    return datetime.now(UTC)


def signed_in() -> Person | None:
    number = cookie.get("person")
    return store().get(Person, number) if number else None


def left_the_cookie_behind(asked: Mapping[str, str]) -> bool:
    """Whether a tool's page sent the browser here, so that our Lax cookie stayed away. Moodle posts such a request to
    itself; Canvas's cookie is SameSite=None, which http does not have."""
    return signed_in() is None and request.headers.get("Sec-Fetch-Site") == "cross-site" and "repost" not in asked


def reposted(asked: Mapping[str, str]) -> dict[str, str]:
    """The fields of that request when it comes again, from a page of ours."""
    return {**asked, "repost": "1"}


def get_course(course_id: int) -> Course:
    return store().get(Course, course_id) or abort(404)


def enrolment_of(person: Person | None, course: Course) -> Enrolment | None:
    """How a person is in a course; one of the demo's people is so once at most."""
    return next((one for one in course.enrolments if person and one.person_id == person.id), None)


def require_visitor(course: Course) -> Person:
    """Somebody signed in who may look at this course: its people, and the account's administrator."""
    person = signed_in() or abort(403, "Choose who you are first.")
    if not (person.administrator or enrolment_of(person, course)):
        abort(403, f"{person.name} is not in {course.title}.")
    return person


def require_role(course: Course, roles: set[Role]) -> Person:
    person = require_visitor(course)
    enrolment = enrolment_of(person, course)
    if not enrolment or enrolment.role not in roles:
        abort(403, f"That is for a {' or '.join(sorted(roles))} of {course.title}.")
    return person


def tool_of(course: Course) -> Tool | None:
    """The tool that this course's platform has; of several the newest."""
    return store().scalar(select(Tool).where(Tool.manner == course.manner).order_by(Tool.id.desc()).limit(1))

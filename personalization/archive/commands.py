"""`flask erase`, `flask retention`, `flask audit`: what whoever runs the tool owes the people in it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext
from obstore.exceptions import BaseError

from engine import audit as log
from engine import clock
from engine.config import MOST_DAYS, Config
from engine.db import db
from engine.jobs import Instant
from engine.printed import printed, printed_json
from engine.shape import needs_database
from personalization.archive import announcing, erasing, lms, record, retention
from personalization.people import which
from personalization.people.model import Course
from personalization.submission import forgetting

PLATFORM = click.option("--platform", type=int, help="The LMS's number in `flask lti platforms`.")
YES = click.option("--yes", is_flag=True, help="Do it. Without this nothing is changed.")


@click.command()
@PLATFORM
@click.option("--course", "context_id", required=True, metavar="CONTEXT_ID", help="The course's id in the LMS.")
@click.option("--person", "sub", metavar="SUB", help="Only this person: the LMS's own id of them, as `export` has it.")
@YES
@with_appcontext
@needs_database
def erase(platform: int | None, context_id: str, sub: str | None, yes: bool) -> None:
    """Erase a course, or one person in it, with all work, messages, grades and files. Prints what would go."""
    found = which.find_course(context_id, platform)
    if found is None:
        click.echo(f"Nothing is held. {which.unknown(context_id, platform)}")
        return
    platform_id, course = found
    where = printed(f"{course.name or 'A course without a name'} ({context_id}, platform {platform_id})")
    if sub is None:
        _tell(f"{where}, the whole course:", erasing.held_of_course(course))
        if _goes_on(yes):
            retention.erase(course, log.OPERATOR)
            click.echo(f"Erased.{_delete_files()} Whoever opens it from the LMS finds an empty course.")
        return
    user_id = lms.user_named(course, sub)
    if user_id is None:
        click.echo(f"Nothing is held of {sub} in {where}.")
        return
    _tell(f"{where}, one person:", erasing.held_of_person(course, user_id))
    if _goes_on(yes):
        _erase_person(course, user_id)
        click.echo(
            f"Erased.{_delete_files()} The LMS keeps what it holds, its gradebook too. If its class list still names "
            "them, they come back as a new, empty person."
        )


@click.command("retention")
@click.option("--days", type=click.IntRange(1, MOST_DAYS), help="In place of RETENTION_DAYS.")
@YES
@with_appcontext
@needs_database
def keep(days: int | None, yes: bool) -> None:
    """List the courses that nobody has opened for RETENTION_DAYS; erase them with --yes."""
    config: Config = current_app.extensions["config"]
    days = days or config.retention_days
    if not days:
        click.echo("Nothing is erased by itself: RETENTION_DAYS is not set. --days lists what a number would mean.")
        return
    unused = retention.unused(days)
    goes = {one.course.id: one.goes_at for one in announcing.told(unused)}
    for course, platform_id, context_id, at in unused:
        told = f"its teachers were told {day:%Y-%m-%d}" if (day := goes[course.id]) else "its teachers were not told"
        name = printed(course.name)
        click.echo(f"{platform_id}\t{printed(context_id)}\t{name}\tlast opened {at:%Y-%m-%d}\t{told}")
    click.echo(f"{len(unused)} courses that nobody has opened for {days} days.")
    if unused and _goes_on(yes):
        for course, *_said in unused:
            retention.erase(course, log.OPERATOR, days)
        click.echo(f"Erased.{_delete_files()}")


@click.command("audit")
@PLATFORM
@click.option("--course", "context_id", metavar="CONTEXT_ID", help="One course; else what concerns the whole tool.")
@click.option("--since", type=Instant(), help="From this moment on.")
@with_appcontext
@needs_database
def read(platform: int | None, context_id: str | None, since: datetime | None) -> None:
    """Print who did what, oldest first, as JSON lines; people by our ids, which `export` resolves."""
    entries = (
        record.of_tool(since, platform)
        if context_id is None
        else record.of_course(which.the_course(context_id, platform)[1].id, since)
    )
    for entry in entries:
        click.echo(printed_json(entry.plain()))


def _tell(heading: str, found: Counter[str]) -> None:
    click.echo(heading)
    for name in sorted(found, key=lambda name: (name == erasing.FILES, name)):
        click.echo(f"  {name:<22} {found[name]:>8}")


def _goes_on(yes: bool) -> bool:
    if not yes:
        click.echo("Nothing was erased. Say --yes to do it; it cannot be undone.")
    return yes


def _erase_person(course: Course, user_id: int) -> None:
    course_id, tenant_id = course.id, course.tenant_id
    done = erasing.erase_person(course, user_id, clock.now(), clock.real_now())
    log.note(db.session, "person erased", platform_id=tenant_id, course_id=course_id, about={"rows": done.total()})
    db.session.commit()


def _delete_files() -> str:
    """Delete now what waits for it; what the store does not let go the worker tries again. A sentence about it."""
    keys = forgetting.waiting()
    for key in keys:
        try:
            forgetting.delete_file(key)
        except (BaseError, OSError) as wrong:
            return f" The store does not delete files now ({type(wrong).__name__}); the worker goes on with that."
        forgetting.is_deleted(key)
        db.session.commit()
    return f" Stored files deleted: {len(keys)}." if keys else ""

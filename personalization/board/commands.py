"""`flask export`: a course's whole state on paper, for whoever must look behind the pages."""

from __future__ import annotations

from collections import defaultdict

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine import clock
from engine.db import db
from engine.printed import printed_json
from engine.shape import needs_database
from personalization.activity.model import Activity
from personalization.board import overview
from personalization.board.arranged import arrangements
from personalization.board.designed import Plain
from personalization.board.export import Agreed, activity_values, course_values
from personalization.choice import asking
from personalization.choice.model import Choice
from personalization.grading import gradebook
from personalization.people import access, roster, which
from personalization.proposal.agreement import Agreement
from personalization.proposal.change import AgreementChange
from personalization.proposal.sharing import Sharing


@click.command()
@click.option("--platform", type=int, help="The LMS's number in `flask lti platforms`.")
@click.option("--course", "context_id", required=True, metavar="CONTEXT_ID", help="The course's id in the LMS.")
@click.option("--format", "form", type=click.Choice(["json"]), default="json", show_default=True)
@with_appcontext
@needs_database
def export(platform: int | None, context_id: str, form: str) -> None:
    """Print every choice, proposal, submission, grade, score and arrangement of a course, as they stand now."""
    platform_id, course = which.the_course(context_id, platform)
    access.let_time_pass(course.id)  # what is due by now happens first, as before any page
    values = course_values(course, roster.subs_of(course)) | {"arrangements": arrangements(course)}
    values["course"] |= {"context_id": context_id, "platform": platform_id}
    activities = db.session.scalars(select(Activity).where(Activity.course_id == course.id).order_by(Activity.id))
    click.echo(printed_json(values | {"activities": [_activity(a) for a in activities.all()]}, indent=2))


def _activity(activity: Activity) -> Plain:
    changes: dict[int, list[AgreementChange]] = defaultdict(list)
    asked = select(AgreementChange).join(AgreementChange.agreement).join(Agreement.choice)
    for change in db.session.scalars(asked.where(Choice.activity_id == activity.id).order_by(AgreementChange.id)):
        changes[change.agreement_id].append(change)
    shared = select(Sharing).join(Sharing.agreement).join(Agreement.choice).where(Choice.activity_id == activity.id)
    sharing = {one.agreement_id: one for one in db.session.scalars(shared)}
    agreements: dict[int, list[Agreed]] = defaultdict(list)
    query = select(Agreement).join(Agreement.choice).where(Choice.activity_id == activity.id).order_by(Agreement.id)
    for agreement in db.session.scalars(query.options(selectinload(Agreement.version), selectinload(Agreement.rubric))):
        agreements[agreement.choice_id].append((agreement, changes[agreement.id], sharing.get(agreement.id)))
    lines = overview.whole_lines(Choice.activity_id == activity.id)
    said = asking.threads(Choice.activity_id == activity.id)
    return activity_values(activity, lines, agreements, said, gradebook.export(activity), clock.now())

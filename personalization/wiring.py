"""Puts the slices into the app, and hands lower slices the few verbs of higher ones that they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import ColumnElement

from engine.worker import Handler
from personalization.accommodation import views as accommodation
from personalization.activity import views as activity
from personalization.activity.model import Activity
from personalization.archive import announcing, retention
from personalization.archive import commands as archiving
from personalization.archive import views as archive
from personalization.board import commands, morning, tabs
from personalization.board import views as board
from personalization.choice import keeping
from personalization.choice import views as choice
from personalization.grading import gradebook, holding
from personalization.grading import views as grading
from personalization.notice import bell, posting, stop
from personalization.notice import views as notice
from personalization.notice.ending import Ending
from personalization.notice.letter import Waits
from personalization.people import access
from personalization.people import views as people
from personalization.people.model import Course, Person
from personalization.proposal import sweep
from personalization.proposal import views as proposal
from personalization.submission import forgetting, orphans, storage
from personalization.submission import views as submission
from personalization.submission.blueprint import store
from personalization.submission.model import Submission

# What the worker comes back to for ever; each handler says when next.
STANDING: dict[str, Handler] = {
    "clock": sweep.handle,
    **posting.HANDLERS,
    **retention.HANDLERS,
    **orphans.HANDLERS,
}
HANDLERS: dict[str, Handler] = {**STANDING, **forgetting.HANDLERS}
APART = {"mail"}  # a mail server that is slow to answer holds up no score and no deadline


@dataclass(frozen=True)
class Hooks:
    """What happens above when something changes below; found as `current_app.extensions["third_option"]`.

    `keep` makes missing choices and moves dates after an activity changed; `keep_all` makes them after a roster was
    read; `retime` works one student's dates out anew, `retime_all` those of many; `catch_up` lets time pass in a course
    before it is looked at, where by `is_due`, a part of a statement with the values `course` (its id) and `now`,
    anything is due there;
    `holds_rubric` tells whether someone was promised or marked by the present rubric; `handed_in` tells the gradebook;
    `waits` counts what waits for somebody on the staff; `ending` are the courses of a teacher that will be erased.
    """

    keep: Callable[[Activity, datetime], None]
    keep_all: Callable[[Course, datetime], None]
    retime: Callable[[Person, datetime], None]
    retime_all: Callable[[Course, Sequence[int], datetime], None]
    catch_up: Callable[[int, datetime, bool | None], None]
    is_due: ColumnElement[bool]
    holds_rubric: Callable[[Activity], bool]
    handed_in: Callable[[Submission], None]
    waits: Callable[[Person, datetime], Waits]
    ending: Callable[[Person], list[Ending]]


def files_obstacle() -> str:
    """Why handed-in files could not be stored just now; "" where they can."""
    return storage.obstacle(store())


def init_app(app: Flask) -> None:
    app.extensions["third_option"] = Hooks(
        keep=keeping.keep,
        keep_all=keeping.keep_all,
        retime=keeping.retime,
        retime_all=keeping.retime_all,
        catch_up=sweep.catch_up,
        is_due=sweep.IS_DUE,
        holds_rubric=holding.holds_rubric,
        handed_in=gradebook.hand_in,
        waits=morning.waits,
        ending=announcing.ending,
    )
    access.init_app(app)
    for slice_views in (people, activity, accommodation, choice, proposal, submission, grading, notice, board, archive):
        app.register_blueprint(slice_views.bp)
    stop.init_app(app)
    app.context_processor(bell.context)
    app.context_processor(tabs.context)
    for command in (commands.export, archiving.erase, archiving.keep, archiving.read):
        app.cli.add_command(command)

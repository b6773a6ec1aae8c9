"""What this tool asks of an LMS, why, and what does not work without it: for the pages that LMS admins read."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti import tokens
from lti.models.platform import CANVAS


@dataclass(frozen=True)
class Wish:
    """`names` are the scopes, claims or placements of which one is enough; `only` the product family that has them."""

    what: LazyString
    why: LazyString
    without: LazyString
    names: tuple[str, ...]
    only: str = ""

    def is_for(self, family: str) -> bool:
        return self.only in {"", family}


SERVICES = (
    Wish(
        _l("Class list"),
        _l("Names and roles of the course, also of those who have not opened the tool yet"),
        _l("Only people who have opened the tool are listed and counted."),
        (tokens.ROSTER,),
    ),
    Wish(
        _l("Grades"),
        _l("A grade goes to the gradebook when the teacher releases it, never before"),
        _l("Teachers copy released grades into the gradebook by hand."),
        (tokens.SCORES,),
    ),
    Wish(
        _l("Results"),
        _l("A grade that somebody changed in the gradebook is noticed, and not overwritten"),
        _l("A grade changed in the gradebook is not noticed: the next release replaces it."),
        (tokens.RESULTS,),
    ),
    Wish(
        _l("Gradebook columns"),
        _l("Name, points and due date of the column are shown to the teacher; the tool deletes no column"),
        _l("A column whose points or due date differ from the activity’s is not pointed out."),
        (tokens.LINE_ITEM, tokens.LINE_ITEM_READ),
    ),
    Wish(
        _l("Notices of copied courses"),
        _l("A copied course is recognised as one before anybody opens it"),
        _l("A copied course is recognised when a teacher first opens an activity there."),
        (tokens.NOTICES,),
        only=CANVAS,
    ),
)

PEOPLE = (
    Wish(
        _l("Name"),
        _l("So that a teacher knows whose idea it is"),
        _l("Students are shown as “Student 7F3C”."),
        ("name", "given_name", "family_name"),
    ),
    Wish(
        _l("E-mail address"),
        _l("Mail about one’s own work, where the operator switched mail on; each person can stop it"),
        _l("Nobody gets mail; everything is said inside the tool as well."),
        ("email",),
    ),
)

PLACES = (
    Wish(
        _l("Course navigation"),
        _l("The teacher’s queue, the student’s list of activities; off until a course switches it on"),
        _l("People reach the tool through its activities only."),
        ("course_navigation",),
        only=CANVAS,
    ),
    Wish(
        _l("New assignment, External Tool"),
        _l("Makes an assignment open an activity"),
        _l("Teachers add activities from the other places."),
        ("assignment_selection",),
        only=CANVAS,
    ),
    Wish(
        _l("Menu of the assignments page"),
        _l("Adds an activity as a new assignment"),
        _l("Teachers add activities from the other places."),
        ("course_assignments_menu",),
        only=CANVAS,
    ),
    Wish(
        _l("Menu of the modules page"),
        _l("Adds an activity to the modules"),
        _l("Teachers add activities from the other places."),
        ("module_index_menu_modal",),
        only=CANVAS,
    ),
)

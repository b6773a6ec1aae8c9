"""Why something did not go through, kept as a key with its details and said when somebody reads it, in their language.

The columns that keep a reason are plain text: one line of JSON. What older versions wrote there is a whole sentence,
and is said as it stands.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

Detail = str | int

# {key: sentence}. `lms` is what the reader calls the LMS, `who` the student; all else are details of the reason.
SENTENCES = {
    # About one student's grade
    "not_a_student": _l(
        "%(who)s left the course in %(lms)s, or is no student there. Nothing to do; if that changes, send again."
    ),
    "unknown_person": _l(
        "%(lms)s takes no grade for %(who)s: perhaps no longer enrolled. Enrol them there, then send again."
    ),
    "attempts_used_up": _l("%(lms)s: %(who)s has no attempt left. Allow one more there, then send again."),
    "newer": _l("%(lms)s says it has something newer for this student. Look at the grade there, then send again."),
    "fails": _l("%(lms)s fails at this grade. Perhaps its column is locked there: unlock it, then send again."),
    "not_understood": _l(
        "%(lms)s could not read what we sent (answer %(status)s). Tell whoever runs this tool; your grade is kept here."
    ),
    "future": _l(
        "%(lms)s says the time of this is yet to come. Ask whoever runs this tool to set its clock, then send again."
    ),
    "refused": _l("%(lms)s refused the grade (answer %(status)s). Ask your LMS admin."),
    # About a whole column
    "unpublished": _l("%(lms)s: the assignment is not published. Publish it there, then send again."),
    "column_gone": _l(
        "The column of this activity was deleted in the %(lms)s gradebook. Bring it back there, or add the activity to "
        "the course once more: the grades then follow."
    ),
    "no_such_column": _l("%(lms)s has no such column any more."),
    "another_tool": _l("%(lms)s says this column belongs to another tool. Add the activity to the course once more."),
    "forbidden": _l("%(lms)s does not let this tool write to this column. Ask your LMS admin."),
    "checkpoints": _l("%(lms)s takes no single grade for a discussion with checkpoints. Enter the grades there."),
    "not_shown": _l("%(lms)s did not show the column (answer %(status)s)."),
    # About a whole course
    "course_ended": _l("The course has ended in %(lms)s, which takes no more grades."),
    "course_closed": _l("The course is closed or not open yet in %(lms)s, which takes no grades now."),
    "no_access": _l("%(lms)s no longer lets this tool write grades. Ask your LMS admin to check the tool’s key."),
    "switched_off": _l(
        "%(lms)s: this tool is switched off, or no longer part of this course. Ask your LMS admin to switch it on."
    ),
    "held": _l("Sending to the gradebook in %(lms)s is paused for this course."),
    # About a whole platform
    "throttled": _l("%(lms)s asked for slower calls, so it goes on slowly."),
    "fault": _l("%(lms)s is not working just now."),
    "page": _l(
        "%(lms)s shows a page where it should take grades. Perhaps it is being maintained; if it stays so, ask your "
        "LMS admin whether its address has changed."
    ),
    "no_token_given": _l("The LMS gives this tool no access: %(why)s"),
    "no_token": _l("%(lms)s at %(host)s gave no token."),
    "late": _l("%(lms)s at %(host)s did not answer in time."),
    "certificate": _l("%(lms)s at %(host)s has no valid certificate."),
    "unreached": _l("%(lms)s at %(host)s could not be reached."),
    "endless": _l("The pages of %(host)s do not end."),
    "elsewhere": _l("%(host)s names a next page elsewhere, which is not followed."),
    "not_allowed": _l("%(host)s is not an address this server may call."),
    "too_large": _l("The answer of %(host)s is too large."),
    "no_key_set": _l("%(host)s answered with something that is no key set."),
    # About a grade that somebody changed
    "changed_there": _l("Someone set %(points)s in %(lms)s. Nothing is overwritten."),
    "emptied_there": _l("Someone emptied it in %(lms)s. Nothing is sent again without your word."),
    "overridden": _l("%(lms)s still shows its own grade. Untick “Overridden” there in the gradebook, then send again."),
}


@dataclass(frozen=True)
class Reason:
    """`key` names one of SENTENCES, `detail` what stands in it.

    Raises:
        KeyError: there is no such sentence.
    """

    key: str
    detail: dict[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        SENTENCES[self.key]

    @property
    def stored(self) -> str:
        return json.dumps({"reason": self.key, **self.detail}, ensure_ascii=False)

    def said(self, lms: str = "", who: str = "") -> str:
        """The sentence. `lms`, `who`: names to say, or "" for "the LMS" and "this student"."""
        names = {"lms": lms or _("the LMS"), "who": who or _("this student")}
        text = str(SENTENCES[self.key])
        begins_with_a_name = text.startswith("%(who)s") and who
        said = text % _Known({**names, **self.detail})
        return said if begins_with_a_name else said[:1].upper() + said[1:]


class _Known(dict[str, Detail]):
    """What a sentence asks for and an older version did not keep is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def of(stored: str) -> Reason | None:
    """The reason that a column keeps; None if it keeps none, or a sentence of an older version."""
    try:
        found = json.loads(stored) if stored.startswith("{") else None
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("reason") not in SENTENCES:
        return None
    return Reason(found.pop("reason"), found)


def say(stored: str, lms: str = "", who: str = "") -> str:
    """What a column keeps, as a sentence; "" stays ""."""
    reason = of(stored)
    return reason.said(lms, who) if reason else stored


def lms_name(family: str) -> str:
    """What a page calls an LMS of this product family."""
    return {"canvas": "Canvas", "moodle": "Moodle"}.get(family, _("your LMS"))

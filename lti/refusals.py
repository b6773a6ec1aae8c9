"""What an LMS means when it refuses a score, and what follows: one named row per refusal, the first that fits counts.

Canvas's rows are read in its source and documentation, Moodle's are seen on 4.2.3 and 4.5.6. Status codes decide, not
reason phrases: over HTTP/2 there are none. Moodle, over HTTP/1.1, says its cause nowhere else, so its words are looked
for in both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lti.reasons import Reason


class Do(StrEnum):
    """What to do about a refusal."""

    LATER = "send it with a later timestamp, after a look at the result"
    AS_NO_ATTEMPT = "send it again, as no new attempt"
    WAIT = "leave the whole platform alone for a while"
    TRY_AGAIN = "try this one again, after the others"
    STOP_PERSON = "this student's score is not sent"
    STOP_COLUMN = "nothing is sent to this column"
    STOP_COURSE = "nothing is sent to this course"


@dataclass(frozen=True)
class Refusal:
    """`words`: any of them in the answer, in lower case; none fits any answer. `reason`: the key of its sentence."""

    name: str
    statuses: tuple[int, ...]
    words: tuple[str, ...]
    do: Do
    reason: str

    def fits(self, status: int, said: str) -> bool:
        return status in self.statuses and (not self.words or any(word in said for word in self.words))

    def why(self, status: int) -> Reason:
        return Reason(self.reason, {"status": status})


ROWS = (
    # Before all other 400s: its reason phrase goes on with the whole score, so with whatever a teacher wrote in there.
    Refusal("Moodle: unknown person", (400,), ("incorrect score",), Do.STOP_PERSON, "unknown_person"),
    Refusal("Canvas: older timestamp", (400,), ("before last updated timestamp",), Do.LATER, "newer"),
    Refusal("Moodle: older timestamp", (409,), (), Do.LATER, "newer"),
    Refusal("Canvas: in the future", (400,), ("in the future",), Do.STOP_PERSON, "future"),
    Refusal("Moodle: unknown address", (400,), ("no handler found", "no context or"), Do.STOP_COLUMN, "not_understood"),
    Refusal("Canvas: missing or malformed", (400,), (), Do.STOP_PERSON, "not_understood"),
    Refusal(
        "Canvas: key switched off",
        (401,),
        ("invalid developer key", "not linked to a tool"),
        Do.STOP_COURSE,
        "switched_off",
    ),
    Refusal("both: no access, with a new token too", (401,), (), Do.STOP_COURSE, "no_access"),
    Refusal("Canvas: throttled, older", (403,), ("rate limit exceeded",), Do.WAIT, "throttled"),
    Refusal("both: throttled", (429,), (), Do.WAIT, "throttled"),
    Refusal("Moodle: another tool's item", (403,), ("invalid lti id",), Do.STOP_COLUMN, "another_tool"),
    Refusal("both: forbidden", (403,), (), Do.STOP_COLUMN, "forbidden"),
    Refusal("Canvas: course closed", (404,), ("specified resource does not exist",), Do.STOP_COURSE, "course_closed"),
    Refusal("both: column deleted", (404,), (), Do.STOP_COLUMN, "column_gone"),
    Refusal("Canvas: wrong column", (412,), (), Do.STOP_COLUMN, "another_tool"),
    Refusal("Canvas: course concluded", (422,), ("concluded",), Do.STOP_COURSE, "course_ended"),
    Refusal("Canvas: no student", (422,), ("not a student",), Do.STOP_PERSON, "not_a_student"),
    Refusal("Canvas: unpublished", (422,), ("unpublished",), Do.STOP_COLUMN, "unpublished"),
    Refusal("Canvas: attempts used up", (422,), ("allowed attempts",), Do.AS_NO_ATTEMPT, "attempts_used_up"),
    Refusal("Canvas: checkpoints", (422,), ("sub assignment tag",), Do.STOP_COLUMN, "checkpoints"),
    # A server error that one score may cause: Moodle says 500 for a locked column, 502 for an odd user id.
    Refusal("both: fault, perhaps of one", (500, 502), (), Do.TRY_AGAIN, "fails"),
    Refusal("both: down", tuple(range(501, 600)), (), Do.WAIT, "fault"),
)
OTHER = Refusal("any other", (), (), Do.STOP_PERSON, "refused")
PAGE = Refusal("any: a page in place of the service", (), (), Do.WAIT, "page")
PAGES = ("<!doctype html", "<html")


def answer_to_score(status: int, said: str) -> Refusal | None:
    """None where it was taken: 2xx, and no page. A sign-in or maintenance page, or the way to one, may stand before the
    service for a while; whoever took that for a yes would call a grade sent that is nowhere."""
    if 200 <= status < 300:
        return PAGE if said.lstrip("\ufeff \t\r\n").lower().startswith(PAGES) else None
    return PAGE if status < 400 else refusal_of(status, said)


def refusal_of(status: int, said: str) -> Refusal:
    """The row that fits an answer: `status`, and `said`, what stands in its body and reason phrase."""
    low = said.lower()
    return next((row for row in ROWS if row.fits(status, low)), OTHER)

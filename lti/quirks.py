"""Where an LMS departs from the specification, or fills in what it leaves open: one named function each, sourced.

"seen" means seen on a running Moodle 4.2.3 and 4.5.6; "read" means read in the LMS's source or documentation.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask_babel import gettext as _

from lti.models import CANVAS, MOODLE, OutgoingScore, Platform

LINK = re.compile(r"""<([^>]*)>\s*((?:;\s*[^;,]+)*)""")
REL = re.compile(r"""rel\s*=\s*["'“”]?([^"'“”;,]*)""", re.IGNORECASE)
MOODLE_MOST_POINTS = 100
CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"

SHORT_ROLES = re.compile(r"^[A-Za-z]+$")
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"


def next_page_of(link_header: str) -> str | None:
    """The rel=next address of a Link header (RFC 8288), as it stands there, capitals and all.

    Moodle (seen) writes typographic quotes and `&amp;` into the header of line items, where ordinary parsers find
    nothing; and a header is read as Latin-1, which turns those quotes into three letters.
    """
    try:
        text = link_header.encode("latin-1").decode()
    except UnicodeError:
        text = link_header
    for address, parameters in LINK.findall(text):
        relation = REL.search(parameters)
        if relation and "next" in relation[1].lower().split():
            return html.unescape(address) if "&amp;" in address else str(address)
    return None


def with_path_end(line_item_url: str, end: str) -> str:
    """`…/lineitem?type_id=1` and "/scores" → `…/lineitem/scores?type_id=1`.

    LTI-AGS 2.0 asks for this; Moodle (seen) answers 400 to anything put behind its query.
    """
    parts = urlsplit(line_item_url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + end))


def full_role(role: str) -> str:
    """A role as a whole URI. Moodle's roster (seen) says `Learner`, its launches say the URI; LTI 1.3 allows both."""
    return f"{MEMBERSHIP}#{role}" if SHORT_ROLES.match(role) else role


def roster_url(platform: Platform, memberships_url: str, context_id: str) -> str:
    """The address of the roster that tells most. Canvas (read) names everyone's sections where a resource link is asked
    for by `rlid`, and takes the course's own id for one; an activity's would leave out whom it is not assigned to.
    """
    if platform.product_family != CANVAS:
        return memberships_url
    parts = urlsplit(memberships_url)
    query = "&".join(filter(None, [parts.query, urlencode({"rlid": context_id})]))
    return urlunsplit(parts._replace(query=query))


def is_test_student(platform: Platform, name: str, email: str) -> bool:
    """Whether this looks like Canvas's (read) Student View, which puts a student of this name and without e-mail into a
    course. Only a launch of theirs says for certain, and what it says counts for more.
    """
    return platform.product_family == CANVAS and name == "Test Student" and not email


def plain_name(name: str, platform: Platform) -> str:
    """A name from a roster as a launch would write it: Moodle's roster (seen) alone escapes HTML in names."""
    return html.unescape(name) if platform.product_family == MOODLE else name


def tells_of_hand_ins(platform: Platform) -> bool:
    """Whether a platform is told of work before its grade. Canvas shows it as "needs grading" (read).

    Moodle (seen) erases the grade at anything but FullyGraded, also an older one; of others we do not know.
    """
    return platform.product_family == CANVAS


def hand_in_members(platform: Platform, work_url: str, *, new_attempt: bool) -> dict[str, object]:
    """What makes a score without a grade a hand-in on Canvas (read): the grade stays, SpeedGrader opens the work."""
    said: dict[str, object] = {"new_submission": new_attempt, "preserve_score": True}
    if work_url:
        said |= {"submission_type": "basic_lti_launch", "submission_data": work_url}
    return {CANVAS_SUBMISSION: said} if platform.product_family == CANVAS else {}


def grade_members(platform: Platform) -> dict[str, object]:
    """Canvas (read) takes every score for a new attempt, handed in now and so perhaps late, unless told otherwise."""
    return {CANVAS_SUBMISSION: {"new_submission": False}} if platform.product_family == CANVAS else {}


def withdrawal(platform: Platform) -> tuple[str, str, dict[str, object]]:
    """(activityProgress, gradingProgress, more members) of the score that empties a grade.

    Canvas (read): FullyGraded without a score. Moodle (seen): anything but FullyGraded; the specification is silent.
    """
    if platform.product_family == CANVAS:
        return "Completed", "FullyGraded", {CANVAS_SUBMISSION: {"new_submission": False, "preserve_score": False}}
    return "Submitted", "Pending", {}


def appends_comments(platform: Platform) -> bool:
    """Canvas (read) adds a comment at every score; Moodle (seen) keeps the last score's, and none if it had none."""
    return platform.product_family == CANVAS


def score_time(platform: Platform, now: datetime, last: datetime | None) -> datetime | None:
    """The timestamp for a score of the same person and column as `last`'s; None if the clock must move on first.

    LTI-AGS 2.0, Score publish service: timestamps rise. Moodle (seen) ignores fractions of a second, and stores one
    in the future, which then blocks every score until that time: so we wait, and never stamp the future.
    """
    step = timedelta(seconds=1) if platform.product_family == MOODLE else timedelta(milliseconds=1)
    if step == timedelta(seconds=1):
        stamp = now.replace(microsecond=0)
    else:
        stamp = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return stamp if last is None or stamp >= last + step else None


def column_points(platform: Platform, points: float) -> float:
    """The maximum to ask for in a deep link: Moodle (seen) takes whole numbers from 1 to 100 only, else 100.

    Scores carry their own maximum, so Moodle rescales them by itself.
    """
    if platform.product_family != MOODLE:
        return points
    return points if points == int(points) and 1 <= points <= MOODLE_MOST_POINTS else MOODLE_MOST_POINTS


def takes_dates_in_links(platform: Platform) -> bool:
    """Moodle (seen) ignores `available` and `submission`; Canvas and the specification have them."""
    return platform.product_family != MOODLE


def takes_line_items_at(placement: str) -> bool:
    """Whether a deep link from this placement may make a column.

    Canvas (read) names the placement: from link_selection and editor_button comes an ungraded link. Others name none.
    """
    return placement not in {"link_selection", "editor_button", "homework_submission"}


def keeps_its_override(platform: Platform) -> bool:
    """Moodle (seen) answers 200 to a score for a grade its teacher overrode, and goes on showing the teacher's."""
    return platform.product_family == MOODLE


def is_older_timestamp(status: int, text: str) -> bool:
    """The platform already has a newer score of this person: Moodle (seen) 409, Canvas (read) 400 with these words."""
    return status == 409 or (status == 400 and "before last updated timestamp" in text)


def is_throttled(status: int, text: str) -> bool:
    """Canvas (read) says 403 or 429 with these words, by version."""
    return status == 429 or (status == 403 and "rate limit exceeded" in text.lower())


def is_attempts_used_up(status: int, text: str) -> bool:
    """Canvas (read) counts a hand-in as an attempt; past the allowed ones it takes a score but no new attempt."""
    return status == 422 and "allowed attempts" in text


def stops_the_column(status: int, text: str) -> bool:
    """Whether a refusal concerns everybody in the column, not one person: key, column or course (Canvas, read)."""
    return status in {401, 404, 412} or (status == 422 and "concluded" in text)


def is_fault_of_one(status: int) -> bool:
    """A server error that this one score causes: Moodle (seen) says 500 for a locked column, 502 for an odd user id."""
    return status in {500, 502}


def why_refused(status: int, text: str, row: OutgoingScore) -> str:
    """What a permanent refusal means and what to do, for the teacher. Canvas's words: read; Moodle's: seen."""
    name = row.user.name or _("this student")
    said: str = _("The LMS refused the grade (answer %(status)s). Ask your LMS admin.", status=status)
    if status == 401:
        said = _("The LMS no longer lets this tool write grades. Ask your LMS admin to check the tool’s key.")
    elif status == 403:
        said = _("The LMS does not let this tool write to this column. Ask your LMS admin.")
    elif status == 404 and not is_column_gone(status, text):
        said = _("The course is closed or not open yet in the LMS, which takes no grades now.")
    elif status == 404:
        said = _("The column of this activity was deleted in the LMS gradebook.")
    elif status == 500:
        said = _("The LMS fails at this grade. Perhaps its column is locked in the gradebook.")
    elif status == 412:
        said = _("The LMS says this column belongs to another tool.")
    elif status == 400 and "Incorrect score" in text:
        said = _("The LMS takes no grade for %(name)s: perhaps no longer enrolled.", name=name)
    elif status == 422 and "concluded" in text:
        said = _("The course has ended in the LMS, which takes no more grades.")
    elif status == 422 and "not a student" in text:
        said = _("The LMS says %(name)s is no student of this course any more.", name=name)
    elif status == 422 and "unpublished" in text:
        said = _("The assignment is not published in the LMS yet. Publish it there, then send again.")
    elif status == 422 and "sub assignment tag" in text:
        said = _("The LMS takes no single grade for a discussion with checkpoints.")
    return said


def is_column_gone(status: int, text: str) -> bool:
    """404 for a deleted column; only Canvas (read) also says it, in these words, where the course is closed."""
    return status == 404 and "specified resource does not exist" not in text


def is_course_page(platform: Platform, link_id: str, context_id: str) -> bool:
    """Whether a link is the course itself: on Canvas (read) it then has the course's id, and no column can hang on it.

    Moodle's ids (seen) are small numbers, and activity 2 of course 2 is an activity.
    """
    return link_id == context_id and platform.product_family != MOODLE


def placement_of(said: dict[str, object]) -> str:
    """Where in Canvas (read) a launch came from, bare or behind a prefix; "" elsewhere and for assignments."""
    placement = said.get("https://www.instructure.com/placement")
    return placement.rpartition("/")[2][:120] if isinstance(placement, str) else ""


def is_pending_till_activated(platform: Platform) -> bool:
    """Moodle (seen) keeps a newly registered tool pending until its admin presses Activate."""
    return platform.product_family == MOODLE

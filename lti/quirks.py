"""Where an LMS departs from the specification, or fills in what it leaves open: one named function each, sourced.

"seen" means seen on a running Moodle 4.2.3 and 4.5.6; "read" means read in the LMS's source or documentation.
What an LMS means when it refuses a score stands in refusals.py.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from lti.models.platform import CANVAS, MOODLE, Platform

LINK = re.compile(r"""<([^>]*)>\s*((?:;\s*[^;,]+)*)""")
REL = re.compile(r"""rel\s*=\s*["'“”]?([^"'“”;,]*)""", re.IGNORECASE)
MOODLE_MOST_POINTS = 100
CANVAS_SUBMISSION = "https://canvas.instructure.com/lti/submission"
CANVAS_ISSUERS = {f"https://canvas.{host}instructure.com" for host in ("", "beta.", "test.")}

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
    return f"{MEMBERSHIP}#{role}" if role.isascii() and role.isalpha() else role


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


def reads_names(platform: Platform) -> Callable[[str], str]:
    """What makes of a name from a roster what a launch would write: Moodle's roster (seen) alone escapes HTML there."""
    return html.unescape if platform.product_family == MOODLE else str


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


def calls_at_once(platform: Platform) -> int:
    """How many calls it bears at once, where whoever runs the tool set no number.

    Canvas (read) never throttles who calls one by one; all courses of an installation share one quota. Moodle (seen)
    works on each call in a process of its own and has no quota: four are as many as a class of pupils makes. Of others
    we know nothing: two, so that one is on its way while the other is answered, and no server falls over that.
    """
    return {CANVAS: 1, MOODLE: 4}.get(platform.product_family, 2)


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


def has_to_be_told_of_reviews(platform: Platform) -> bool:
    """Whether a gradebook shows the way to work only where its column says that there is one (LTI Submission Review).

    Moodle (seen) shows it in any case, by the link's own address; Canvas (read) has its SpeedGrader.
    """
    return platform.product_family not in {CANVAS, MOODLE}


def leaves_out_the_column(platform: Platform) -> bool:
    """Whether a launch, a submission review too, may name no column though there is one: Moodle (seen) stops to as soon
    as a second one hangs on the link. The specification wants it named in a review.
    """
    return platform.product_family == MOODLE


def keeps_its_override(platform: Platform) -> bool:
    """Moodle (seen) answers 200 to a score for a grade its teacher overrode, and goes on showing the teacher's."""
    return platform.product_family == MOODLE


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


def shares_its_issuer(family: str, issuer: str) -> bool:
    """Whether many sites call themselves so: every Canvas hosted by Instructure, and as delivered every other (read).
    Their configuration lies at each site's own host, so the issuer's host says nothing of who answers there.
    """
    return family == CANVAS and issuer in CANVAS_ISSUERS

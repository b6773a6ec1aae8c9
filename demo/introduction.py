"""How the school and the tool get to know each other: as an administrator does it, with an invitation and a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.base import Manner
from demo.roster import OFFICE
from demo.school import School
from demo.store import Tool
from demo.story import Broken, Visitor
from demo.tool_process import CannotStart


def introduce(school: School, lms_url: str, run_flask: Callable[..., str], certificate: Path | None) -> None:
    """Register the tool with each of the school's platforms that does not know it yet.

    `run_flask` runs a command of the tool's and says what it printed; `certificate` is the tool's, if it speaks https.

    Raises:
        CannotStart: an invitation was not given, or not accepted.
    """
    unknown = [manner for manner in Manner if not _knows(school, manner)]
    for manner, invitation in zip(unknown, _invitations(run_flask, len(unknown)), strict=True):
        said = _accept(lms_url, manner, invitation, certificate)
        if not _knows(school, manner):
            raise CannotStart(f"The tool did not register ({manner}). It said:\n{said[:1000]}")


def _knows(school: School, manner: Manner) -> bool:
    with Session(school.engine) as session:
        return session.scalar(select(Tool.id).where(Tool.manner == manner).limit(1)) is not None


def _invitations(run_flask: Callable[..., str], count: int) -> list[str]:
    """So many, by one command: to start one takes longer than what it does."""
    printed = run_flask("lti", "invite", "--count", str(count)).split() if count else []
    found = [word for word in printed if word.startswith("http")]
    if len(found) != count:
        raise CannotStart(f"`flask lti invite` printed {len(found)} addresses, not {count}.")
    return found


def _accept(lms_url: str, manner: Manner, invitation: str, certificate: Path | None) -> str:
    """Paste the tool's invitation, and let the tool be opened; what it said."""
    office = Visitor(lms_url, OFFICE, certificate)
    try:
        office.arrive()
        office.press("Open the tool and register", {"registration_url": invitation, "manner": manner.value})
        office.enter_frame()
    except Broken as broken:
        raise CannotStart(f"The tool did not register ({manner}): {broken}.") from broken
    return office.page.words

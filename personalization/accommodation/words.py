"""An arrangement as a person would say it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from personalization.accommodation.allowance import Allowance
from personalization.people.model import Role
from ui.text import points


def time_words(allowance: Allowance) -> str:
    """ "1.5 times the days, and 2 more days"; "" where the dates are the class's."""
    times = allowance.factor is not None and allowance.factor > 1
    said = [_("%(factor)s times the days", factor=points(allowance.factor))] if times and allowance.factor else []
    if allowance.days:
        said.append(ngettext("one more day", "%(num)d more days", allowance.days))
    return _("%(one)s, and %(other)s", one=said[0], other=said[1]) if len(said) == 2 else "".join(said)


def role_words(role: Role) -> str:
    """What somebody who looked is in the course."""
    return {
        Role.TEACHER: _("teacher"),
        Role.ASSISTANT: _("assistant"),
        Role.DESIGNER: _("designer"),
        Role.STUDENT: _("student"),
        Role.OBSERVER: _("observer"),
        Role.ADMINISTRATOR: _("administrator"),
    }[role]

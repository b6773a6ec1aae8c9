"""What has just happened, in one short sentence each, for the live board. The whole history stands in notice/."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from personalization.people.model import Person

SAID = {
    "asked for help": _("%(name)s asked for help."),
    "sent idea": _("%(name)s sent an idea."),
    "picked": _("%(name)s picked a way."),
    "agreed": _("%(name)s has an agreed way."),
    "handed in": _("%(name)s handed in."),
    "placed": _("%(name)s was placed."),
    "unplaced": _("%(name)s has no way yet."),
    "must pick": _("%(name)s has to pick now."),
    "closed": _("%(name)s handed nothing in."),
}


def said(verb: str, student: Person) -> str:
    """`verb` is one of `SAID`."""
    return str(SAID[verb]) % {"name": student.short_name}

"""The end of mail in one press, for whoever holds the mail: nobody signs in, and nothing is said of anyone.

Mail programs press it themselves (RFC 8058, "Signaling One-Click Functionality for List Email Headers"), so the POST
takes no token of ours; the signed key in its address does that work. Opening the page changes nothing: scanners do it.
"""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from flask_babel import gettext as _

from engine.db import db
from personalization.errors import NotHere
from personalization.notice.stopping import person_id_of
from personalization.people.model import Person, Rhythm

bp = Blueprint("mail", __name__, template_folder="templates")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.extensions["csrf"].exempt(stop)


@bp.get("/mail/stop/<key>")
def ask(key: str) -> str:
    _person_id(key)
    return render_template("notice/stop.html", key=key, done=False)


@bp.post("/mail/stop/<key>")
def stop(key: str) -> str:
    person = db.session.get(Person, _person_id(key))
    if person is not None:  # gone with their course: then there is no mail either
        person.mail_rhythm = Rhythm.OFF
        db.session.commit()
    return render_template("notice/stop.html", key=key, done=True)


def _person_id(key: str) -> int:
    person_id = person_id_of(key)
    if person_id is None:
        raise NotHere(
            _("This address is not whole"),
            now=_("Open it from the mail once more, or stop mail from the page “News” of your course."),
        )
    return person_id

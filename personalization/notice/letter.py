"""A mail as it is sent: plain text and the same in simple HTML, in its reader's zone, with the way to stop it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from flask import current_app, g, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from engine.config import Config
from engine.mail import POLICY, address_of, header, one_line
from personalization.choice.model import Choice
from personalization.grading.gradebook import lms_name
from personalization.notice.ending import goes_at, is_of_ending
from personalization.notice.model import Mail
from personalization.notice.outbox import wants
from personalization.notice.sentences import sentence
from personalization.notice.stopping import stop_key
from personalization.notice.telling import Links, choices_of, reasons_of
from personalization.people.model import Person, Rhythm
from personalization.people.roster import emails_of
from ui import dates

SUBJECT = 150  # characters: what a list of mail shows, and more


@dataclass(frozen=True)
class Waits:
    """What waits for somebody on the staff: `lines` say it in words, one a kind; `due` is the nearest promise."""

    total: int
    lines: list[str]
    due: datetime | None


@dataclass(frozen=True)
class Enclosed:
    """What some mails are written from, read for all of them together. `addresses`: {person id: their address}."""

    addresses: Mapping[int, str]
    choices: Mapping[int, Choice]
    links: Links
    reasons: Mapping[int, Mapping[tuple[str, datetime], str]]

    @classmethod
    def of(cls, mails: Sequence[Mail]) -> Enclosed:
        addresses = emails_of({mail.person_id for mail in mails})
        choices = choices_of({mail.event.choice_id for mail in mails if mail.event is not None})
        return cls(addresses, choices, Links.of(choices), reasons_of(choices))


def compose(mail: Mail, to: Address, enclosed: Enclosed, now: datetime, really: datetime) -> EmailMessage | None:
    """The message; None where there is nothing to say any more. `now` is the domain's time."""
    person, event = mail.person, mail.event
    with _read_by(person):
        if is_of_ending(mail.about):
            return _ending(mail, to, really)
        if event is None:
            return _digest(mail, to, now, really)
        if not wants(person):
            return None
        choice = enclosed.choices[event.choice_id]
        said = sentence(event, person, person, enclosed.reasons.get(choice.id, {}))
        endpoint, values = enclosed.links.target(event, choice, person)
        letter = {"said": said, "title": choice.activity.title, "link": url_for(endpoint, **values, _external=True)}
        return _message(mail, to, said.words, really, "notice/event", letter)


def _digest(mail: Mail, to: Address, now: datetime, really: datetime) -> EmailMessage | None:
    person = mail.person
    waits: Callable[[Person, datetime], Waits] = current_app.extensions["third_option"].waits
    found = waits(person, now)
    if not found.total or not person.may_answer or person.mail_rhythm is Rhythm.OFF:
        return None
    words = ngettext("One thing waits for you", "%(num)d things wait for you", found.total)
    link = url_for("board.queue", course_id=person.course_id, _external=True)
    return _message(mail, to, words, really, "notice/digest", {"waits": found, "words": words, "link": link})


def _ending(mail: Mail, to: Address, really: datetime) -> EmailMessage | None:
    person, day = mail.person, dates.day(goes_at(mail.about))
    if not person.may_teach or person.left_at is not None or person.mail_rhythm is Rhythm.OFF:
        return None
    words = _("This course will be erased on %(day)s", day=day)
    link = url_for("archive.downloads", course_id=person.course_id, _external=True)
    return _message(mail, to, words, really, "notice/ending", {"words": words, "day": day, "link": link})


def _message(
    mail: Mail, to: Address, words: str, really: datetime, template: str, letter: dict[str, object]
) -> EmailMessage:
    config: Config = current_app.extensions["config"]
    person, course = mail.person, mail.person.course
    stop = url_for("mail.ask", key=stop_key(person), _external=True)
    settings = url_for("notice.settings", course_id=course.id, _external=True)
    common = {"course": course.name, "lms": lms_name(course.lms), "stop": stop, "settings": settings}
    message = EmailMessage(policy=POLICY)
    message["Subject"] = one_line(f"{course.name}: {words}" if course.name else words)[:SUBJECT]
    message["From"] = header("From", str(address_of(config.mail_from, "Third Option")))
    message["To"] = str(to)
    if config.mail_reply_to:
        message["Reply-To"] = header("Reply-To", str(address_of(config.mail_reply_to)))
    message["Date"] = format_datetime(really)
    message["Message-ID"] = f"<mail-{mail.id}-{mail.made_at:%Y%m%d%H%M%S}@{urlsplit(config.public_url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{stop}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(render_template(f"{template}.txt", **common, **letter))
    message.add_alternative(render_template(f"{template}.html", **common, **letter), subtype="html")
    return message


@contextmanager
def _read_by(person: Person) -> Iterator[None]:
    """Times in this person's zone."""
    before = g.get("zone")
    g.zone = person.tz.key
    try:
        yield
    finally:
        g.zone = before

"""Mail by a real SMTP conversation: who is told what, once, whatever breaks meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs

from engine import clock
from engine.db import db
from engine.mail import Post
from lti.models.context import User
from personalization.choice.model import Event
from personalization.notice import letter, posting
from personalization.notice.model import Mail
from personalization.people.model import Person, Rhythm
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.notice.posts import (
    MakeApp,
    change,
    forget_the_beginning,
    give_addresses,
    happen,
    look_around_in_the_morning,
    mailing,
    mails,
    send,
    try_again_now,
)
from tests.personalization.notice.smtp import Sink, listening


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as one:
        yield one


@pytest.fixture
def app(make_app: MakeApp, sink: Sink) -> Flask:
    return mailing(make_app, sink, mail_reply_to="help@example.edu")


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
    give_addresses(app, cast)
    forget_the_beginning(app)
    return activity_id


def to(sink: Sink) -> list[str]:
    return [message["To"].addresses[0].addr_spec for message in sink.took]


def text(sink: Sink, number: int = 0) -> str:
    body = sink.took[number].get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def html(sink: Sink, number: int = 0) -> str:
    body = sink.took[number].get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_a_decision_is_mailed_with_its_reason_once(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    why = "How will I see the energy?\nTwo sentences will do."
    happen(app, activity_id, cast.student, "ask for revision", cast.teacher, title="A game", reason=why)
    send(app)
    send(app)
    [message] = sink.took
    assert str(message["To"].addresses[0]) == "Amara Diallo <amara@example.edu>"
    assert str(message["From"]) == "Third Option <office@example.edu>"
    assert message["Reply-To"] == "help@example.edu"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == (
        "Biology 9B: Adaeze Okafor asked you to change one thing in the idea “A game”. Your idea stays."
    )
    assert why in text(sink)
    assert f"http://localhost/activities/{activity_id}/choice" in text(sink)
    assert "open “Biology 9B” in Canvas" in text(sink)
    assert "How will I see the energy?<br>Two sentences will do." in html(sink)
    assert mails(app)[0]["sent"]


def test_only_whom_it_concerns_has_mail(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    """Not who did it, not staff, not for steps that are told otherwise."""
    happen(app, activity_id, cast.student, "sent idea", cast.student, title="A game")
    happen(app, activity_id, cast.student, "made", None)
    happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "handed in", cast.classmate, number=1)
    happen(app, activity_id, cast.classmate, "change agreed", cast.classmate, title="A film")
    happen(app, activity_id, cast.classmate, "change agreed", cast.teacher, title="A film")
    send(app)
    assert to(sink) == ["amara@example.edu", "noor@example.edu"]
    with app.app_context():
        untold = db.session.scalar(select(func.count()).select_from(Event).where(Event.told_at.is_(None)))
    assert untold == 0


@pytest.mark.parametrize(
    "values",
    [{"left_at": NOON}, {"is_test": True}, {"mail_rhythm": Rhythm.OFF}, {"role": "teacher"}],
    ids=["left", "test student", "stopped", "not a student any more"],
)
def test_who_wants_or_may_have_none_has_none(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, values: dict[str, object]
) -> None:
    change(app, Person, cast.student.id, **values)
    happen(app, activity_id, cast.student, "unplaced", None)
    send(app)
    assert sink.took == []
    assert mails(app) == []


def test_what_was_stopped_while_it_waited_does_not_go(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    sink.answer = lambda line: "451 later" if line.startswith("rcpt") else None
    send(app)
    change(app, Person, cast.student.id, mail_rhythm=Rhythm.OFF)
    try_again_now(app)
    sink.answer = lambda line: None
    send(app)
    assert sink.took == []
    assert mails(app) == []


def test_without_an_address_it_stands_in_the_tool_alone(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    change_address(app, cast.student.user_id, "")
    happen(app, activity_id, cast.student, "unplaced", None)
    send(app)
    assert mails(app) == []
    assert sink.took == []


def test_without_a_server_nothing_is_written_down(make_app: MakeApp, cast: Cast) -> None:
    app = make_app()
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
    happen(app, activity_id, cast.student, "unplaced", None)
    assert send(app) > clock.real_now()
    assert mails(app) == []


def test_news_of_last_week_is_told_in_the_tool_only(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    """The worker was off, or mail is switched on today: nobody is flooded."""
    happen(app, activity_id, cast.student, "unplaced", None, NOON - timedelta(days=2, minutes=1))
    happen(app, activity_id, cast.student, "extended", cast.teacher, NOON - timedelta(days=1), reason="You were ill.")
    send(app)
    assert len(sink.took) == 1
    assert "You were ill." in text(sink)


def test_a_broken_address_keeps_nobody_waiting(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    change_address(app, cast.student.user_id, "amara at example")
    happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "unplaced", None)
    send(app)
    assert to(sink) == ["noor@example.edu"]
    assert [(m["to"], m["waits"], m["trouble"]) for m in mails(app)] == [
        ("Amara", False, "no address"),
        ("Noor", False, ""),
    ]


def test_a_refusal_for_good_is_kept_and_not_tried_again(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    sink.answer = lambda line: "550 5.1.1 no such mailbox" if "amara@" in line else None
    happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "unplaced", None)
    send(app)
    send(app)
    assert to(sink) == ["noor@example.edu"]
    assert [m["trouble"] for m in mails(app)] == ["550 5.1.1 no such mailbox", ""]
    assert sum("amara@" in line for line in sink.heard) == 1


def test_a_refusal_for_now_is_tried_again_later(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    sink.answer = lambda line: "451 4.7.1 try later" if "amara@" in line else None
    happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "unplaced", None)
    send(app)
    send(app)  # not due yet
    assert to(sink) == ["noor@example.edu"]
    assert [(m["waits"], m["attempts"]) for m in mails(app)] == [(True, 1), (False, 1)]
    sink.answer = lambda line: None
    try_again_now(app)
    send(app)
    assert to(sink) == ["noor@example.edu", "amara@example.edu"]
    assert [m["trouble"] for m in mails(app)] == ["", ""]


def test_a_server_that_is_away_is_asked_once_a_round(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    sink.answer = lambda line: "421 too busy" if line.startswith("mail") else None
    for student in (cast.student, cast.classmate):
        happen(app, activity_id, student, "unplaced", None)
    again_at = send(app)
    assert sum(line.startswith("mail") for line in sink.heard) == 1
    assert again_at > clock.real_now()
    sink.answer = lambda line: None
    try_again_now(app)
    send(app)
    assert sorted(to(sink)) == ["amara@example.edu", "noor@example.edu"]


def test_what_waited_for_two_days_is_given_up(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    sink.answer = lambda line: "421 too busy" if line.startswith("mail") else None
    send(app)
    with writing(app):
        for mail in db.session.scalars(select(Mail)):
            mail.made_at -= timedelta(days=2, minutes=1)
    try_again_now(app)
    sink.answer = lambda line: None
    send(app)
    assert sink.took == []
    assert [(m["waits"], m["trouble"]) for m in mails(app)] == [(False, "421 too busy")]


class Killed(BaseException):
    """kill -9: nothing after this line runs, no handler, no commit."""


def test_killed_between_sending_and_noting_it_goes_twice_at_most(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    real = Post.send

    def send_and_die(post: Post, message: object) -> None:
        real(post, message)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(Post, "send", send_and_die)
    for _time in range(3):
        die_or_not(app)
    assert len(sink.took) == 2
    assert len({message["Message-ID"] for message in sink.took}) == 1
    assert [(m["waits"], m["trouble"]) for m in mails(app)] == [(False, "broke off")]


def die_or_not(app: Flask) -> None:
    with suppress(Killed):
        send(app)


def test_killed_before_sending_it_goes_once(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)

    def die(post: Post, message: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Post, "send", die)
        die_or_not(app)
    send(app)
    assert len(sink.took) == 1


def test_hostile_names_and_titles_stay_words(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id, title="<script>alert(1)</script>")
    change(
        app, Person, cast.student.id, full_name="Amara\r\nBcc: all@example.edu", given_name="Amara\n\u202eBcc: x@y.org"
    )
    title = "A game\r\nBcc: noor@example.edu\r\n\r\n<b>bold</b> 👩🏽‍🔬 “%(x)s” {{ 7 * 7 }}"
    happen(app, activity_id, cast.student, "send back", cast.teacher, title=title, reason="<img src=x>\n.\nZoë")
    send(app)
    assert to(sink) == ["amara@example.edu"]
    [message] = sink.took
    assert "Bcc" not in message
    assert "\u202e" not in message["Subject"]
    assert "👩🏽‍🔬" in message["Subject"]
    assert "<script>" not in html(sink)
    assert "<img" not in html(sink)
    assert "<b>bold" not in html(sink)
    assert "{{ 7 * 7 }}" in text(sink)


def test_dates_are_in_the_readers_zone(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    change(app, Person, cast.student.id, zone="Asia/Kathmandu")
    until = datetime.fromisoformat("2026-11-20T18:00:00+00:00")
    happen(app, activity_id, cast.student, "must pick", None, until=until.isoformat())
    happen(app, activity_id, cast.classmate, "must pick", None, until=until.isoformat())
    send(app)
    assert "Fri, Nov 20, 11:45 pm" in text(sink, 0)
    assert "Kathmandu" in text(sink, 0)
    assert "Fri, Nov 20, 12:00 pm" in text(sink, 1)
    assert "Chicago" in text(sink, 1)


def test_a_mail_that_cannot_be_written_keeps_nobody_waiting(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "unplaced", None)
    with writing(app):
        db.session.get_one(Event, first).detail = {"until": "2026-13-45", "dates": "broken", "title": ["a", "list"]}
    real = letter.compose

    def compose(mail: Mail, *more: object) -> object:
        if mail.event_id == first:
            raise LookupError("a bug of next year")
        return real(mail, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(posting, "compose", compose)
    send(app)
    assert to(sink) == ["noor@example.edu"]
    assert [m["trouble"] for m in mails(app)] == ["unwritten", ""]


def test_nobody_elses_name_and_no_arrangement_is_in_a_students_mail(
    app: Flask, sink: Sink, cast: Cast, activity_id: int
) -> None:
    for verb, by in (("extended", cast.teacher), ("placed", None), ("dates moved", None), ("released", cast.teacher)):
        happen(app, activity_id, cast.classmate, verb, by, option="Field poster", rule="default")
        happen(app, activity_id, cast.student, verb, by, option="Field poster", rule="default")
    send(app)
    mine = [m for m in sink.took if m["To"].addresses[0].addr_spec == "amara@example.edu"]
    assert len(mine) == 4
    for message in mine:
        whole = message.as_string()
        assert "Noor" not in whole
        assert "ccommodation" not in whole


def test_the_jobs_command_sends_what_waits(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    for _twice in range(2):
        done = app.test_cli_runner().invoke(args=["jobs", "run", "--now", NOON.isoformat()])
        assert done.exit_code == 0, done.output
    assert to(sink) == ["amara@example.edu"]


def test_many_are_sent_in_one_connection(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    for _number in range(12):
        happen(app, activity_id, cast.student, "unplaced", None)
    send(app)
    assert len(sink.took) == 12
    assert sum(line.lower().startswith("ehlo") for line in sink.heard) == 1


def test_what_became_of_old_mail_is_forgotten(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.classmate, "unplaced", None)
    send(app)
    with writing(app):
        first = db.session.scalars(select(Mail).order_by(Mail.id)).first()
        assert first is not None
        first.made_at -= timedelta(days=31)
    look_around_in_the_morning(app, NOON)
    assert [m["to"] for m in mails(app)] == ["Noor"]


def test_mail_goes_with_whom_it_is_about(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    """Erasing an event or a person finds nothing in its way."""
    event_id = happen(app, activity_id, cast.student, "unplaced", None)
    send(app)
    with writing(app):
        db.session.execute(delete(Event).where(Event.id == event_id))
    assert mails(app) == []


def test_the_log_holds_no_address(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    sink.answer = lambda line: "550 <amara@example.edu> unknown" if "amara@" in line else None
    happen(app, activity_id, cast.student, "unplaced", None)
    with capture_logs() as logs:
        send(app)
    assert [(line["event"], line["code"]) for line in logs] == [("mail refused", 550)]
    assert "amara" not in str(logs)


def change_address(app: Flask, user_id: int, email: str) -> None:
    with writing(app):
        db.session.get_one(User, user_id).email = email

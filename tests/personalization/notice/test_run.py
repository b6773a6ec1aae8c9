"""A run of many mails: some are noted together; whatever breaks meanwhile, few of them go twice and none is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from flask import Flask

from engine import clock
from engine.mail import Post
from personalization.notice import posting
from tests.cast import NOON, Cast, make_activity, writing
from tests.personalization.notice.posts import (
    MakeApp,
    forget_the_beginning,
    give_addresses,
    happen,
    leased,
    mailing,
    mails,
    send,
    try_again_now,
)
from tests.personalization.notice.smtp import Sink, listening
from tests.statements import statements_of


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as one:
        yield one


@pytest.fixture
def app(make_app: MakeApp, sink: Sink) -> Flask:
    return mailing(make_app, sink)


@pytest.fixture
def activity_id(app: Flask, cast: Cast) -> int:
    with writing(app):
        activity_id = make_activity(cast.course_id, cast.teacher.id)
    give_addresses(app, cast)
    forget_the_beginning(app)
    return activity_id


class Killed(BaseException):
    """kill -9: nothing after this line runs, no handler, no commit."""


def die_or_not(app: Flask) -> None:
    with suppress(Killed):
        send(app)


def to(sink: Sink) -> list[str]:
    return [message["To"].addresses[0].addr_spec for message in sink.took]


def in_doubt(app: Flask) -> int:
    """How many mails were begun of which nobody knows the end."""
    return sum(bool(mail["unsure"]) for mail in mails(app))


def test_a_kill_amid_many_repeats_no_more_than_were_begun_together(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those go one by one the next time: killed once more, one alone is given up."""
    total = 2 * posting.BATCH + 3
    for _number in range(total):
        happen(app, activity_id, cast.student, "unplaced", None)
    real, left = Post.send, iter(range(total))

    def die_at_the_third_of_the_second_batch(post: Post, message: object) -> None:
        real(post, message)  # type: ignore[arg-type]
        if next(left) == posting.BATCH + 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Post, "send", die_at_the_third_of_the_second_batch)
        die_or_not(app)
    assert (len(sink.took), in_doubt(app)) == (posting.BATCH + 3, posting.BATCH)
    with monkeypatch.context() as patch:
        patch.setattr(Post, "send", lambda post, message: die())
        die_or_not(app)
    send(app)
    ids = [message["Message-ID"] for message in sink.took]
    assert len(set(ids)) == total, "each arrived"
    assert len(ids) - len(set(ids)) <= posting.BATCH
    assert [m["trouble"] for m in mails(app) if m["trouble"]] == ["broke off"]


def die() -> None:
    raise Killed


def test_a_server_that_goes_amid_many_is_asked_for_the_rest_later(
    app: Flask, sink: Sink, cast: Cast, activity_id: int
) -> None:
    """The one that met it waits longer each time, the others as if they had never been begun."""
    for _number in range(6):
        happen(app, activity_id, cast.student, "unplaced", None)
    sink.answer = lambda line: "421 going down" if line.startswith("mail") and len(sink.took) == 2 else None
    send(app)
    assert len(sink.took) == 2
    assert [(m["waits"], m["attempts"], m["unsure"]) for m in mails(app)] == [
        (False, 1, 0), (False, 1, 0), (True, 1, 0), (True, 0, 0), (True, 0, 0), (True, 0, 0),
    ]  # fmt: skip
    sink.answer = lambda line: None
    send(app)
    assert len(sink.took) == 5
    try_again_now(app)
    send(app)
    assert len({message["Message-ID"] for message in sink.took}) == len(sink.took) == 6


@pytest.mark.parametrize("said", ["550 no such mailbox", "450 greylisted, try again in five minutes"])
def test_what_one_address_is_refused_harms_no_other_of_them(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, said: str
) -> None:
    for student in (cast.student, cast.classmate, cast.student, cast.classmate):
        happen(app, activity_id, student, "unplaced", None)
    sink.answer = lambda line: said if "rcpt" in line and "amara@" in line else None
    send(app)
    assert to(sink) == ["noor@example.edu", "noor@example.edu"]
    assert {m["to"]: (m["waits"], m["trouble"]) for m in mails(app)} == {
        "Amara": (said.startswith("4"), said),
        "Noor": (False, ""),
    }
    assert sum(line.lower().startswith("ehlo") for line in sink.heard) == 1


def test_a_server_that_takes_a_mail_and_never_says_so_has_it_twice_at_most(
    app: Flask, sink: Sink, cast: Cast, activity_id: int
) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)

    def hang_up(line: str) -> str | None:
        if line == "<message>":
            raise ConnectionAbortedError
        return None

    sink.answer = hang_up
    for _time in range(4):
        send(app)
        try_again_now(app)
    assert sum(line.lower() == "data" for line in sink.heard) == 2
    assert [(m["waits"], m["trouble"]) for m in mails(app)] == [(False, "broke off")]


def test_a_slow_server_leaves_what_it_did_not_come_to_as_it_was(
    app: Flask, sink: Sink, cast: Cast, activity_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is noted as begun is sent soon, or put back: a kill a minute later repeats nothing that never left."""
    monkeypatch.setattr(posting, "BATCH_SECONDS", 0.0)
    for _number in range(4):
        happen(app, activity_id, cast.student, "unplaced", None)
    send(app)
    assert len(sink.took) == 4
    assert [(m["sent"], m["attempts"], m["unsure"]) for m in mails(app)] == [(True, 1, 0)] * 4


def test_a_process_that_is_to_end_sends_no_further_one(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    for _number in range(3):
        happen(app, activity_id, cast.student, "unplaced", None)
    with app.app_context(), clock.at(NOON):
        task = leased(clock.real_now())
        sink.answer = lambda line: task.stops.set() if line.startswith("rcpt") else None
        assert posting.mail(task) <= clock.real_now(), "due at once, for another process"
    assert (len(sink.took), in_doubt(app)) == (1, 0)


def test_whose_row_another_process_has_sends_nothing(app: Flask, sink: Sink, cast: Cast, activity_id: int) -> None:
    """It was frozen for longer than a lease: the other one sends the same mail."""
    happen(app, activity_id, cast.student, "unplaced", None)
    with app.app_context(), clock.at(NOON):
        mine = leased(clock.real_now())
        posting.mail(replace(mine, lease="somebody else’s"))
    assert sink.took == []
    assert [m["waits"] for m in mails(app)] == [True]


def test_twenty_mails_cost_hardly_more_statements_than_ten(
    app: Flask, sink: Sink, cast: Cast, activity_id: int
) -> None:
    counts = []
    for number in (posting.BATCH, 2 * posting.BATCH):
        for _number in range(number):
            happen(app, activity_id, cast.student, "ask for revision", cast.teacher, title="A game", reason="Why?")
        with statements_of(app) as asked:
            send(app)
        counts.append(len(asked))
    assert len(sink.took) == 3 * posting.BATCH
    assert counts[1] - counts[0] <= 12

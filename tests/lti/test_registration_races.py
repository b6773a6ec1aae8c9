"""Two registrations at once: one wins, the other is told, nobody gets an error page of ours."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.clock import real_now
from engine.db import db
from lti import registration
from lti.models.platform import Deployment, Invite, Platform
from tests.lti.office import Canvas, Moodle, Office
from tests.lti.platform import TOOL
from tests.lti.registering import config

__all__ = ["config"]

SECONDS = 20


def invites(app: Flask, count: int) -> list[str]:
    with app.test_request_context():
        made = [registration.invite(real_now()).removeprefix(TOOL) for _one in range(count)]
        db.session.commit()
    return made


def together(app: Flask, asked: Sequence[tuple[str, Office, str]]) -> list[TestResponse]:
    """Open (invite, office, token) in threads, none of which is answered by its platform before all have asked."""
    gate = threading.Barrier(len(asked), timeout=SECONDS)
    for office in {office for _invite, office, _token in asked}:
        office.before_answer = gate.wait

    def open_one(one: tuple[str, Office, str]) -> TestResponse:
        invite, office, token = one
        said = f"openid_configuration={office.configuration}&registration_token={token}"
        return app.test_client().get(f"{invite}&{said}")

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(open_one, asked))


def counts(app: Flask) -> tuple[int, int, int]:
    """How many platforms, deployments, spent invites there are."""
    with app.app_context():
        spent = [one for one in db.session.scalars(select(Invite)) if one.spent_at]
        rows = (db.session.scalars(select(kind)).all() for kind in (Platform, Deployment))
        return (*(len(found) for found in rows), len(spent))  # type: ignore[return-value]


def test_two_invites_for_one_client_make_one_platform(app: Flask) -> None:
    with Moodle() as office:
        asked = [(invite, office, office.token("client-1")) for invite in invites(app, 2)]
        answers = together(app, asked)
        assert [answer.status_code for answer in answers] == [200, 200]
        assert all("client-1" in answer.text for answer in answers)
        assert counts(app) == (1, 1, 2)


def test_one_invite_registers_one_of_two_lmss(app: Flask) -> None:
    (invite,) = invites(app, 1)
    with Moodle() as moodle, Canvas() as canvas:
        answers = together(app, [(invite, moodle, moodle.token("client-1")), (invite, canvas, canvas.token("2"))])
        assert sorted(answer.status_code for answer in answers) == [200, 400]
        (lost,) = (answer for answer in answers if answer.status_code == 400)
        assert "used up by another registration" in lost.text
        assert "Delete this one in the LMS" in lost.text
        assert counts(app) == (1, 1, 1)


def test_one_invite_opened_twice_by_one_lms_for_two_clients(app: Flask) -> None:
    (invite,) = invites(app, 1)
    with Moodle() as office:
        answers = together(app, [(invite, office, office.token(f"client-{n}")) for n in range(4)])
        assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
        assert counts(app) == (1, 1, 1)


def test_a_page_that_the_browser_asked_for_twice_shows_the_one_registration(app: Flask) -> None:
    """Moodle takes a token once; whoever comes second with it sees what the first one got, or that it is used."""
    (invite,) = invites(app, 1)
    with Moodle() as office:
        token = office.token("client-1")
        said = f"{invite}&openid_configuration={office.configuration}&registration_token={token}"
        twins: list[TestResponse] = []
        take, waiting = office.take, threading.Event()

        def slow(authorization: str, asked: dict[str, object]) -> tuple[int, str]:
            if not waiting.is_set():  # while this one waits for its answer, its twin gets through
                waiting.set()
                twins.append(app.test_client().get(said))
            return take(authorization, asked)

        office.take = slow  # type: ignore[method-assign]
        late = app.test_client().get(said)
        assert (twins[0].status_code, late.status_code) == (200, 200)
        assert late.text == twins[0].text
        assert counts(app) == (1, 1, 1)

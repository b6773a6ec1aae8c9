"""Our own keys: published, rotated, encrypted at rest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import delete, event, select, update

from engine.clock import real_now
from engine.config import Config
from engine.db import db
from lti import keys
from lti.models.platform import Key, ServiceToken
from tests.lti.platform import Lms


@pytest.fixture(autouse=True)
def no_key_yet(app: Flask) -> None:
    with app.app_context():
        db.session.execute(delete(Key))
        db.session.commit()


def kids(client: FlaskClient) -> list[str]:
    return [key["kid"] for key in client.get("/lti/jwks").get_json()["keys"]]


def test_the_first_to_ask_makes_the_first_key_and_later_ones_find_it(client: FlaskClient) -> None:
    first = kids(client)
    assert len(first) == 1
    assert kids(client) == first


def test_only_the_public_half_is_published(client: FlaskClient) -> None:
    for key in client.get("/lti/jwks").get_json()["keys"]:
        assert set(key) == {"kty", "n", "e", "use", "alg", "kid"}


def test_what_we_sign_verifies_by_what_we_publish(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        key = keys.signing_key(db.session, real_now())
        db.session.commit()
    token = jwt.encode({"alg": "RS256", "kid": key.kid}, {"x": 1}, RSAKey.import_key(key.private_pem))
    published = KeySet.import_key_set(client.get("/lti/jwks").get_json())
    assert jwt.decode(token, published).claims == {"x": 1}


def test_the_private_half_is_encrypted_at_rest(app: Flask, client: FlaskClient) -> None:
    kids(client)
    with app.app_context():
        stored = db.session.scalars(select(Key.private_key)).one()
    assert "PRIVATE KEY" not in stored
    assert stored.startswith("gAAAA")


def rotated(app: Flask, now: datetime | None = None, *, leaked: bool = False) -> str:
    with app.app_context():
        verb = keys.replace_leaked if leaked else keys.rotate
        kid = verb(db.session, now or real_now()).kid
        db.session.commit()
    return kid


def signer(app: Flask, now: datetime | None = None) -> str:
    with app.app_context():
        kid = keys.signing_key(db.session, now or real_now()).kid
        db.session.commit()
    return kid


def later(**span: int) -> datetime:
    return real_now() + timedelta(**span)


def run(app: Flask, *words: str) -> list[str]:
    done = app.test_cli_runner().invoke(args=["lti", *words])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_a_new_pair_is_published_a_day_before_it_signs(app: Flask, client: FlaskClient) -> None:
    (old,) = kids(client)
    new = rotated(app)
    assert kids(client) == [new, old]
    assert signer(app) == old
    assert signer(app, later(hours=23)) == old
    assert signer(app, later(hours=25)) == new


def test_an_old_pair_is_published_for_a_week_after_it_signed_last(app: Flask, client: FlaskClient) -> None:
    (old,) = kids(client)
    new = rotated(app)
    with time_machine.travel(later(days=7, hours=23)):
        assert kids(client) == [new, old]
    with time_machine.travel(later(days=8, minutes=1)):
        assert kids(client) == [new]


def test_the_private_half_of_what_is_published_no_more_is_deleted_by_the_next_rotation(
    app: Flask, client: FlaskClient
) -> None:
    (first,) = kids(client)
    second = rotated(app)
    third = rotated(app, later(days=9))
    with app.app_context():
        assert set(db.session.scalars(select(Key.kid))) == {second, third}
    assert first not in kids(client)


def test_rotating_while_a_pair_waits_makes_no_third(app: Flask, client: FlaskClient) -> None:
    kids(client)
    assert rotated(app) == rotated(app, later(hours=5))
    assert len(kids(client)) == 2


def test_the_first_pair_of_all_signs_at_once_also_by_rotation(app: Flask) -> None:
    assert rotated(app) == signer(app)


def test_a_pair_that_leaked_is_gone_at_once_and_so_is_its_private_half(app: Flask, client: FlaskClient) -> None:
    first = rotated(app, later(minutes=-10))
    waiting = rotated(app, later(minutes=-5))
    new = rotated(app, leaked=True)
    assert new not in {first, waiting}
    assert kids(client) == [new]
    assert signer(app) == new
    with app.app_context():
        assert set(db.session.scalars(select(Key.private_key).where(Key.kid != new))) == {""}


def test_two_who_find_a_leak_at_once_make_one_pair(app: Flask, client: FlaskClient) -> None:
    rotated(app, later(minutes=-10))
    assert rotated(app, leaked=True) == rotated(app, leaked=True)
    assert len(kids(client)) == 1


@pytest.mark.parametrize("what", ["first", "rotate", "leaked"])
def test_many_at_once_make_one_pair(app: Flask, client: FlaskClient, what: str) -> None:
    """Threads stand for processes: they share nothing but the database."""
    if what != "first":
        rotated(app, later(minutes=-10))
    start = Barrier(6)

    def press(number: int) -> str:
        start.wait()
        if what != "first":
            return rotated(app, leaked=what == "leaked")
        if number % 2:
            return kids(app.test_client())[0]
        with app.app_context():
            return keys.signing_key_alone(real_now()).kid

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(press, range(6)))
    assert len(made) == 1
    assert len(kids(client)) == (2 if what == "rotate" else 1)


def test_to_sign_costs_one_statement(app: Flask, client: FlaskClient) -> None:
    kids(client)
    rotated(app)
    seen: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *said: seen.append(said[2]))
        keys.signing_key(db.session, real_now())
        db.session.rollback()
    assert [statement.split()[0] for statement in seen if not statement.startswith("BEGIN")] == ["SELECT"]


def test_the_commands_say_when_the_new_pair_signs_and_how_all_stand(app: Flask, client: FlaskClient) -> None:
    (old,) = kids(client)
    today = later(days=1).replace(hour=4, minute=20)
    with time_machine.travel(today, tick=False):
        said = run(app, "rotate-key")
        new = said[0].removeprefix("New key ")
        assert kids(client) == [new, old]
        tomorrow = f"{today + timedelta(days=1):%Y-%m-%d} 04:20 UTC"
        assert said[1] == f"It is published now and signs from {tomorrow}; until then the old one does."
        assert run(app, "keys")[0] == f"{new}\twaits\t{tomorrow}"
        assert run(app, "keys")[1].startswith(f"{old}\tsigns\t")
    with time_machine.travel(today + timedelta(days=2), tick=False):
        assert [line.split("\t")[1] for line in run(app, "keys")] == ["signs", "published"]
        said = run(app, "rotate-key", "--now")
        assert said[1] == "It signs from now on."
        assert "grades wait" in said[2]
        assert [line.split("\t")[1] for line in run(app, "keys")] == ["signs", "withdrawn", "withdrawn"]


def test_a_new_secret_key_with_the_old_as_fallback_goes_on_with_the_same_pair(
    config: Config, client: FlaskClient, app_with: Callable[[Config], Flask]
) -> None:
    before = kids(client)
    moved = replace(config, secret_key="another secret, long enough", secret_key_fallbacks=(config.secret_key,))
    assert kids(app_with(moved).test_client()) == before


def test_a_new_secret_key_without_fallback_makes_a_new_pair_instead_of_failing(
    config: Config, client: FlaskClient, app_with: Callable[[Config], Flask]
) -> None:
    (before,) = kids(client)
    moved = replace(config, secret_key="another secret, long enough")
    now = kids(app_with(moved).test_client())
    assert len(now) == 2
    assert before in now


@pytest.mark.parametrize("with_fallback", [True, False])
def test_a_launch_under_way_arrives_after_the_secret_key_changed(
    config: Config, client: FlaskClient, lms: Lms, app_with: Callable[[Config], Flask], with_fallback: bool
) -> None:
    asked = lms.login(client)
    fallbacks = (config.secret_key,) if with_fallback else ()
    moved = app_with(replace(config, secret_key="another secret, long enough", secret_key_fallbacks=fallbacks))
    browser = moved.test_client()
    browser._cookies = client._cookies
    token = lms.sign({**lms.claims(), "nonce": asked["nonce"]})
    answer = browser.post("/lti/launch", data={"state": asked["state"], "id_token": token})
    assert answer.status_code == (303 if with_fallback else 400)


def test_resealing_lets_the_old_secret_key_go(
    app: Flask, config: Config, client: FlaskClient, lms: Lms, app_with: Callable[[Config], Flask]
) -> None:
    before = kids(client)
    keep_a_token(app, lms)
    moved = replace(config, secret_key="another secret, long enough", secret_key_fallbacks=(config.secret_key,))
    assert run(app_with(moved), "reseal") == ["Under today's SECRET_KEY: 1 private keys, 1 tokens."]
    alone = app_with(replace(moved, secret_key_fallbacks=()))
    assert signer(alone) == before[0]
    with alone.app_context():
        sealed = db.session.scalars(select(ServiceToken.token)).one()
        assert keys.vault(alone.extensions["config"]).decrypt(sealed) == b"token"


def test_resealing_says_what_no_secret_key_opens(
    app: Flask, config: Config, client: FlaskClient, lms: Lms, app_with: Callable[[Config], Flask]
) -> None:
    (lost,) = kids(client)
    keep_a_token(app, lms)
    other = app_with(replace(config, secret_key="another secret, long enough"))
    said = run(other, "reseal")
    assert said[0] == "Under today's SECRET_KEY: 0 private keys, 0 tokens."
    assert "1 tokens" in said[1]
    assert "1 private keys" in said[2]
    assert run(other, "keys")[0].startswith(f"{lost}\tunreadable\t")
    assert signer(app) == lost, "whoever knows the old SECRET_KEY goes on"


def keep_a_token(app: Flask, lms: Lms) -> None:
    with app.app_context():
        sealed = keys.vault(app.extensions["config"]).encrypt(b"token").decode()
        db.session.add(ServiceToken(platform_id=lms.platform_id, scopes="x", token=sealed, expires_at=later(hours=1)))
        db.session.commit()


def test_a_waiting_pair_signs_early_where_the_other_cannot_be_read(app: Flask, client: FlaskClient) -> None:
    (old,) = kids(client)
    new = rotated(app)
    with app.app_context():
        db.session.execute(update(Key).where(Key.kid == old).values(private_key="gAAAAA-of-a-lost-secret"))
        db.session.commit()
    assert signer(app) == new
    assert kids(client) == [new, old]

"""/metrics: who may read it, what it tells, and that nothing from outside becomes a label."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from engine import clock, due
from engine.db import db
from engine.worker import Worker

MakeApp = Callable[..., Flask]
TOKEN = "0123456789abcdef0123456789abcdef"
Labels = frozenset[tuple[str, str]]


def figures(client: FlaskClient) -> dict[tuple[str, Labels], float]:
    """{(name, labels): value} of all that is told."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def figure(client: FlaskClient, name: str, **labels: str) -> float:
    return figures(client).get((name, frozenset(labels.items())), 0)


def status(app: Flask, address: str = "127.0.0.1", path: str = "/metrics", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get(path, headers=sent, environ_base={"REMOTE_ADDR": address}).status_code


@pytest.mark.one_database
def test_this_machine_reads_it_and_nobody_else(app: Flask) -> None:
    assert [status(app, address) for address in ("127.0.0.1", "::1", "127.8.9.10")] == [200] * 3
    assert [status(app, address) for address in ("203.0.113.7", "10.0.0.1", "2001:db8::1", "")] == [401] * 4


@pytest.mark.one_database
@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"]
)  # what proxies add, each of which may have been forgotten in TRUSTED_PROXIES
def test_what_came_through_a_proxy_is_never_this_machine_itself(app: Flask, header: str) -> None:
    assert status(app, **{header: "127.0.0.1"}) == 401


@pytest.mark.one_database
def test_behind_a_proxy_the_browser_s_address_counts_and_a_scrape_beside_it_is_heard(make_app: MakeApp) -> None:
    app = make_app(trusted_proxies=1)
    assert status(app) == 200
    assert status(app, X_Forwarded_For="203.0.113.7") == 401
    assert status(app, X_Forwarded_For="127.0.0.1, 203.0.113.7") == 401
    assert status(app, X_Forwarded_For="203.0.113.7, 127.0.0.1") == 401


@pytest.mark.one_database
def test_the_token_opens_it_from_anywhere_in_its_header_alone(make_app: MakeApp) -> None:
    app = make_app(metrics_token=TOKEN)
    for good in (f"Bearer {TOKEN}", f"bearer  {TOKEN} "):
        assert status(app, "203.0.113.7", Authorization=good) == 200
    for bad in ("", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ü"):
        assert status(app, "203.0.113.7", Authorization=bad) == 401
    assert status(app, "203.0.113.7", f"/metrics?token={TOKEN}&Authorization=Bearer+{TOKEN}") == 401


@pytest.mark.one_database
def test_without_a_token_set_an_empty_one_opens_nothing(app: Flask) -> None:
    assert [status(app, "203.0.113.7", Authorization=one) for one in ("Bearer ", "Bearer", "")] == [401] * 3


@pytest.mark.one_database
def test_pages_are_timed_by_endpoint_and_what_nobody_has_is_one_of_them(client: FlaskClient) -> None:
    before = figures(client)
    for number in range(5):
        client.get(f"/nothing-{number}-here")
    client.get("/activities/7/choice")
    client.open("/healthz", method="MADE-UP")
    after = figures(client)

    def more(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return after.get(key, 0) - before.get(key, 0)

    assert more("third_option_page_seconds_count", endpoint="none") == 6  # five, and a method that nobody has
    assert more("third_option_page_seconds_count", endpoint="choice.show") == 1
    assert more("third_option_answers_total", status="404") == 5
    assert more("third_option_answers_total", status="405") == 1
    assert not [labels for _name, labels in after if "nothing-" in str(labels) or "MADE-UP" in str(labels)]


def test_what_waits_is_told_by_lane_with_the_age_of_the_oldest(make_app: MakeApp) -> None:
    app, now = make_app(), clock.real_now()
    rows = (
        ("1", "score", "platform:3", 90),
        ("2", "score", "platform:3", 30),
        ("3", "roster", "platform:3", 5),
        ("4", "mail", "", 60),
        ("5", "score", "platform:4", -60),  # not due yet
        ("6", "digest", "", 1000),
    )
    with app.app_context():
        for key, kind, lane, seconds in rows:
            due.schedule(db.session, kind, key, now - timedelta(seconds=seconds), lane)
        db.session.execute(
            update(due.Due)
            .where(due.Due.kind == "digest")
            .values(leased_by="a worker", leased_until=now + timedelta(minutes=1))
        )
        db.session.commit()
    told = figures(app.test_client())
    waits = {
        (labels["kind"], labels["lane"]): value
        for (name, pairs), value in told.items()
        if name == "third_option_queue_rows" and (labels := dict(pairs))
    }
    assert waits == {("score", "platform:3"): 2, ("roster", "platform:3"): 1, ("mail", "none"): 1}
    oldest = told["third_option_queue_oldest_seconds", frozenset({("kind", "score"), ("lane", "platform:3")})]
    assert 90 <= oldest < 150
    assert told["third_option_database_up", frozenset()] == 1


@pytest.mark.one_database
def test_a_database_that_is_away_keeps_back_its_own_figures_alone(make_app: MakeApp, tmp_path: Path) -> None:
    told = figures(make_app(database_url=f"sqlite:///{tmp_path}/gone/file.sqlite3").test_client())
    assert told["third_option_database_up", frozenset()] == 0
    assert not [name for name, _labels in told if name.startswith("third_option_queue")]
    assert [name for name, _labels in told if name.startswith("third_option_answers")]


@pytest.mark.one_database
def test_a_run_of_a_task_is_counted_by_its_end(app: Flask, client: FlaskClient) -> None:
    def runs(result: str) -> float:
        return figure(client, "third_option_task_seconds_count", kind="made up", result=result)

    def handle(task: due.Task) -> None:
        if task.key == "breaks":
            raise RuntimeError("broken on purpose")

    before = runs("done"), runs("failed")
    with app.app_context():
        for key in ("works", "works too", "breaks"):
            due.schedule(db.session, "made up", key, clock.real_now())
        db.session.commit()
    Worker(app, {"made up": handle}).run_all()
    assert (runs("done") - before[0], runs("failed") - before[1]) == (2, 1)


def test_connections_in_use_are_told_while_they_are(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        db.engine.dispose()
        with db.engine.connect(), db.engine.connect():
            during = figure(client, "third_option_database_connections")
        after = figure(client, "third_option_database_connections")
    assert (during, after) == (2, 0)


@pytest.mark.one_database
def test_every_figure_has_its_line_in_the_operator_s_table(client: FlaskClient) -> None:
    """And the table names none that is not there."""
    families = set(re.findall(r"^# TYPE (third_option_\w+) ", client.get("/metrics").text, re.MULTILINE))
    page = (Path(__file__).parents[2] / "docs" / "operator.md").read_text()
    assert set(re.findall(r"^\| `(third_option_\w+)`", page, re.MULTILINE)) == families

"""`flask jobs run`, `flask worker` and `flask beat`: what is due, once or for ever, without a web server."""

from __future__ import annotations

import signal
import sys
from contextlib import nullcontext
from datetime import datetime
from types import FrameType

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from engine import clock, garbage, listening
from engine.motor import Motor
from engine.shape import needs_database, obstacle
from engine.worker import Worker

commands = AppGroup("jobs", help="Do what is due.")


class Instant(click.ParamType[datetime]):
    name = "ISO8601"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return clock.parse_instant(value)
        except ValueError:
            self.fail(f"{value} is no instant such as 2026-11-20T18:00:00Z", param, ctx)


@commands.command()
@click.option("--now", type=Instant(), help="Act as if it were this moment: for rules and dates, never for signatures.")
@with_appcontext
@needs_database
def run(now: datetime | None) -> None:
    """Do everything that is due, once."""
    worker: Worker = current_app.extensions["worker"]
    with clock.at(now) if now else nullcontext():
        worker.stand(at_once=True)
        done = worker.run_all()
    click.echo(f"Done: {done}.")


@click.command()
@with_appcontext
def worker() -> None:
    """Do what is due, for ever. Stops well on SIGTERM and Ctrl-C; killed, another goes on."""
    broker_url = current_app.extensions["config"].broker_url
    motor = Motor(current_app.extensions["worker"])
    if not broker_url:  # Celery has its own way to stop; before that, nothing is in hand
        _stops(motor)
    listening.start(current_app._get_current_object())  # type: ignore[attr-defined]  # the app itself, for a thread
    why = obstacle()
    click.echo(f"Waiting: {why}." if why else "Working. Ctrl-C ends it.")
    garbage.seldom()
    if broker_url:
        from engine import celery_motor  # no other process needs to hold Celery

        sys.exit(celery_motor.work(current_app.extensions["worker"], broker_url))
    motor.run_forever()


@click.command()
@with_appcontext
def beat() -> None:
    """Tell the workers every second, through the broker, to look for what is due. One is enough; two do no harm."""
    broker_url = current_app.extensions["config"].broker_url
    if not broker_url:
        raise click.ClickException("BROKER_URL is empty: without a broker, whoever works looks by themself.")
    from engine import celery_motor  # no other process needs to hold Celery

    click.echo("Ringing. Ctrl-C ends it.")
    celery_motor.beat(broker_url)


def _stops(motor: Motor) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        motor.stop_soon()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)

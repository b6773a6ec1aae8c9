"""What the worker does for this slice: mail of events and digests goes out, each once, whatever breaks meanwhile.

A mail is noted as begun before it leaves and as sent after; killed in between, it may go twice, never three times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from time import monotonic
from urllib.parse import urlsplit

import structlog
from flask import current_app

from engine import clock
from engine.config import Config
from engine.db import db
from engine.due import Task
from engine.mail import Away, Later, Post, Refused, Server, address_of
from engine.worker import Handler, backoff
from personalization.notice import digest, outbox
from personalization.notice.letter import compose
from personalization.notice.model import Mail, Trouble
from personalization.people import roster

log = structlog.get_logger()

EVERY, LOOK_EVERY = timedelta(minutes=1), timedelta(minutes=15)
ROUND_SECONDS = 30.0  # of sending at a stretch: with `jobs run`, grades wait meanwhile


def mail(_task: Task) -> datetime:
    """Events become mail, and what waits goes out. Where no mail is configured, nothing is written down either."""
    config: Config = current_app.extensions["config"]
    if not config.smtp_url:
        return clock.real_now() + LOOK_EVERY
    while outbox.write_down(clock.now(), clock.real_now()) == outbox.BATCH:
        db.session.commit()
    db.session.commit()
    with _asked_from(config), _post(config) as post:
        all_sent = _send_waiting(post)
    return clock.real_now() + (EVERY if all_sent else timedelta(0))


def digests(_task: Task) -> datetime:
    """In the morning, for each of the staff for whom something waits. Old mail is forgotten by the way."""
    config: Config = current_app.extensions["config"]
    outbox.clear_up(clock.real_now())
    if config.smtp_url:
        with _asked_from(config):
            digest.write_down(clock.now(), clock.real_now())
    db.session.commit()
    return clock.real_now() + LOOK_EVERY


HANDLERS: dict[str, Handler] = {"digest": digests, "mail": mail}  # in this order: a digest leaves in the same round


def _post(config: Config) -> Post:
    return Post(
        Server.from_url(config.smtp_url), urlsplit(config.public_url).hostname or "localhost", config.allowed_networks
    )


def _send_waiting(post: Post) -> bool:
    """One mail after the other until none waits, the server is away, or the round is over: then False."""
    end = monotonic() + ROUND_SECONDS
    while monotonic() < end:
        waiting = outbox.next_waiting(clock.real_now())
        if waiting is None or not _send(waiting, post):
            db.session.commit()
            return True
    return False


def _send(waiting: Mail, post: Post) -> bool:
    """Send one, each step committed before the next. False: the server takes no more now."""
    mail_id, message, goes_on = waiting.id, _written(waiting), True
    db.session.commit()
    if message is None:
        return True
    try:
        post.send(message)
    except Refused as refused:
        log.warning("mail refused", mail=mail_id, code=refused.code)
        _reload(mail_id).give_up(refused.why)
    except (Later, Away) as later:
        log.warning("mail waits", mail=mail_id, kind=type(later).__name__, code=later.code)
        put_off = _reload(mail_id)
        put_off.put_off(clock.real_now() + backoff(put_off.attempts - 1), later.why)
        goes_on = isinstance(later, Later)
    else:
        _reload(mail_id).sent(clock.real_now())
    db.session.commit()
    return goes_on


def _written(waiting: Mail) -> EmailMessage | None:
    """The message, noted as begun; None where it is given up, or nothing is to be said any more."""
    now, really = clock.now(), clock.real_now()
    address = roster.emails_of([waiting.person_id]).get(waiting.person_id, "")
    try:
        to = address_of(address, waiting.person.name)
    except ValueError:
        waiting.give_up(Trouble.NO_ADDRESS)
        return None
    try:
        message = compose(waiting, to, now, really)
    except Exception:  # whatever is wrong with this one must not keep the others
        log.exception("mail cannot be written", mail=waiting.id)
        waiting.give_up(Trouble.UNWRITTEN)
        return None
    if message is None:
        db.session.delete(waiting)
        return None
    return message if waiting.begin(really) else None


def _reload(mail_id: int) -> Mail:
    return db.session.get_one(Mail, mail_id)


@contextmanager
def _asked_from(config: Config) -> Iterator[None]:
    """Addresses as in an answer to somebody who came by PUBLIC_URL: a worker has no request to take them from."""
    with current_app.test_request_context(base_url=config.public_url):
        yield

"""What the worker does for this slice: mail of events and digests goes out, each once, whatever breaks meanwhile.

A mail is noted as begun before it leaves and as sent after; killed in between, it may go twice, never three times, and
by its Message-ID its reader's server can tell. Some are noted together, as few as a kill may repeat without annoying
anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import structlog
from flask import current_app

from engine import clock, due
from engine.config import Config
from engine.db import db
from engine.due import Task
from engine.mail import Away, NotSent, Post, Refused, Server, address_of
from engine.worker import Handler, backoff
from personalization.notice import digest, outbox
from personalization.notice.letter import Enclosed, compose
from personalization.notice.model import Mail, Trouble

log = structlog.get_logger()

EVERY, LOOK_EVERY = timedelta(minutes=1), timedelta(minutes=15)
ROUND_SECONDS = 30.0  # of sending at a stretch: with `jobs run`, grades wait meanwhile
BATCH = 10  # mails that are noted together: with 50, each would cost a tenth less, and five times as many could repeat
BATCH_SECONDS = 5.0  # then what is left of them waits for the next


@dataclass
class Came:
    """What the server said: {mail id: None where it took it}; those whose turn did not come are not there."""

    said: dict[int, NotSent | None]
    away: bool


def mail(task: Task) -> datetime:
    """Events become mail, and what waits goes out. Where no mail is configured, nothing is written down either."""
    config: Config = current_app.extensions["config"]
    if not config.smtp_url:
        return clock.real_now() + LOOK_EVERY
    while outbox.write_down(clock.now(), clock.real_now()) == outbox.BATCH:
        db.session.commit()
    db.session.commit()
    with _asked_from(config), _post(config) as post:
        all_sent = _send_waiting(task, post)
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


def _send_waiting(task: Task, post: Post) -> bool:
    """Some mail after some until none waits, the server is away, or the round is over: then False."""
    end = monotonic() + ROUND_SECONDS
    while monotonic() < end and not task.stops.is_set():
        found, letters = _begin(task)
        came = _send(letters, post, task.stops) if letters else Came({}, away=False)
        if letters:
            _note(letters, came)
        if not found or came.away:
            return True
    return False


def _begin(task: Task) -> tuple[bool, dict[int, EmailMessage]]:
    """Whether any mail waits, and {mail id: message} of what leaves next, noted as begun."""
    now, letters = clock.real_now(), dict[int, EmailMessage]()
    mine = due.renew(db.session, task, now)  # else another process sends the same by now
    waiting = outbox.next_waiting(now, BATCH) if mine else []
    enclosed = Enclosed.of(waiting)
    for one in waiting:
        message = _written(one, enclosed)
        if message is not None and one.begin(now):
            letters[one.id] = message
    db.session.commit()
    return bool(waiting), letters


def _send(letters: Mapping[int, EmailMessage], post: Post, stops: Event) -> Came:
    """One after the other, as long as the server takes them, in time, and nobody wants this process to end."""
    came, end = Came({}, away=False), monotonic() + BATCH_SECONDS
    for mail_id, message in letters.items():
        try:
            post.send(message)
        except NotSent as refused:
            final, came.away = isinstance(refused, Refused), isinstance(refused, Away)
            log.warning(
                "mail refused" if final else "mail waits", mail=mail_id, kind=type(refused).__name__, code=refused.code
            )
            came.said[mail_id] = refused
        else:
            came.said[mail_id] = None
        if came.away or stops.is_set() or monotonic() > end:
            break
    return came


def _note(letters: Collection[int], came: Came) -> None:
    """Write down what became of each, in one transaction; one whose turn did not come waits as before."""
    now = clock.real_now()
    for mail in outbox.begun(letters):
        if mail.id not in came.said:
            mail.put_back()
            continue
        refused = came.said[mail.id]
        if refused is None:
            mail.sent(now)
        elif isinstance(refused, Refused):
            mail.give_up(refused.why)
        else:
            in_doubt = isinstance(refused, Away) and refused.in_doubt
            mail.put_off(now + backoff(mail.attempts - 1), refused.why, in_doubt=in_doubt)
    db.session.commit()


def _written(waiting: Mail, enclosed: Enclosed) -> EmailMessage | None:
    """The message; None where it is given up, or nothing is to be said any more."""
    try:
        to = address_of(enclosed.addresses.get(waiting.person_id, ""), waiting.person.name)
    except ValueError:
        waiting.give_up(Trouble.NO_ADDRESS)
        return None
    try:
        message = compose(waiting, to, enclosed, clock.now(), clock.real_now())
    except Exception:  # whatever is wrong with this one must not keep the others
        log.exception("mail cannot be written", mail=waiting.id)
        waiting.give_up(Trouble.UNWRITTEN)
        return None
    if message is None:
        db.session.delete(waiting)
    return message


@contextmanager
def _asked_from(config: Config) -> Iterator[None]:
    """Addresses as in an answer to somebody who came by PUBLIC_URL: a worker has no request to take them from."""
    with current_app.test_request_context(base_url=config.public_url):
        yield

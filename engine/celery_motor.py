"""The motor for many machines: Celery, on Redis or RabbitMQ. Only the commands `worker` and `beat` import it.

What goes over the broker is an invitation, "look for what is due", and not the row itself. Who gets it claims the row
that comes next, by the same claim and with the same seats as the embedded motor, and invites whoever is free to look
for the one after that. So lanes hold wherever the workers are, a message that is lost with its broker costs nothing
(beat rings every second), one that comes twice finds nothing, and none carries a lease that could outlive it.

Rows do not wait for a broker that is away, nor for one that lost us: a worker that hears nothing for a while looks by
itself, as the embedded motor does, until it hears something again.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
import warnings
from typing import Any
from urllib.parse import urlsplit

import structlog
from celery import Celery, Task, signals
from celery.beat import ScheduleEntry, Scheduler
from celery.exceptions import SecurityWarning
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

from engine.motor import FINISH_SECONDS, Motor
from engine.worker import Worker

log = structlog.get_logger()

QUEUE = "third-option"
LOOK = "third_option.look"
RING_SECONDS = 1.0
MOST_WAITING = 100  # invitations in the queue: with no worker there, beat must not fill the broker
SILENT_SECONDS = 10.0  # without a word from the broker, while beat rings every second: then a worker looks by itself
NEWS_SECONDS = 30.0  # of silence are told; more, where a worker is used to more
MOST_SECONDS = 300.0  # and so many, whatever it is used to
HANDS = 5  # through which an invitation goes, from one worker that is busy to the next
CONNECT_SECONDS = 2.0
CALLS = {"retry": False, "ignore_result": True}
AS_ROOT = "You're running the worker with superuser privileges"  # how Celery's words about it begin


class Ear:
    """When a worker last heard from the broker; what is odd about it is told once.

    A ring is for one worker, so of many each hears seldom. A silence is news where it is longer than those that were
    nothing: twice the longest of them.
    """

    def __init__(self) -> None:
        self._heard_at = time.monotonic()
        self._usual = NEWS_SECONDS
        self._silent = False
        self._told: set[object] = set()

    def heard(self) -> None:
        now = time.monotonic()
        if not self._told:  # of the broker: it was there
            self._usual = min(max(self._usual, 2 * (now - self._heard_at)), MOST_SECONDS)
        self._heard_at = now
        if self._silent:
            log.info("invitations come from the broker again")
        self._silent = False
        self._told.clear()

    def is_news(self, record: logging.LogRecord) -> bool:
        """Whether it was not told since we last heard: Celery tells of each time that it tries the broker in vain."""
        known = record.msg in self._told
        self._told.add(record.msg)
        return not known

    def hears(self) -> bool:
        silence = time.monotonic() - self._heard_at
        if silence > self._usual and not self._silent:
            log.warning("no invitation comes from the broker: looking without it", seconds=round(silence))
            self._silent = True
        return silence <= SILENT_SECONDS


class Ticks(Scheduler):  # type: ignore[misc]  # Celery ships no types
    """Rings every second. It keeps nothing, hence no file; a broker that is away is told once, and waited for."""

    _away = False

    def apply_entry(self, entry: ScheduleEntry, producer: Producer | None = None) -> None:
        try:
            if producer and _waiting(self.app, producer) < MOST_WAITING:
                self.apply_async(entry, producer=producer, advance=False)
        except Exception as failed:  # whatever goes wrong with the broker, beat goes on
            self._tell(failed)
            self.close()  # the next tick connects anew
        else:
            if self._away:
                log.info("the broker is back")
            self._away = False

    def _ensure_connected(self) -> Any:
        return self.connection.ensure_connection(self._tell, interval_start=1, interval_step=1, interval_max=5)

    def _tell(self, failed: BaseException, _seconds: float = 0) -> None:
        if not self._away:
            log.warning("the broker does not answer; waiting", why=type(failed).__name__)
        self._away = True


def work(worker: Worker, broker_url: str) -> int:
    """Do what is due, for ever, when told by the broker; the status to exit with. SIGTERM and Ctrl-C end it well."""
    ear = Ear()
    logging.getLogger("celery.worker.consumer.consumer").addFilter(ear.is_news)
    celery = _celery(broker_url, worker.most)
    _take_invitations(celery, worker, ear)
    without_broker = Motor(worker, unless=ear.hears)
    _end_well(worker, without_broker)
    _tell_root()
    without_broker.start()
    alone = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}  # workers need not know others
    program = celery.Worker(pool="threads", concurrency=worker.most, loglevel=logging.WARNING, quiet=True, **alone)
    program.start()
    return program.exitcode or 0


def beat(broker_url: str) -> None:
    """Have somebody look every second, for ever. Two at once do no harm."""
    celery = _celery(broker_url, 1)
    celery.conf.beat_schedule = {"look": {"task": LOOK, "schedule": RING_SECONDS, "options": CALLS}}
    celery.Beat(scheduler=Ticks, max_interval=RING_SECONDS, quiet=True).run()


def _celery(broker_url: str, connections: int) -> Celery:
    signals.setup_logging.connect(_keep_our_logs)
    for name in ("celery", "kombu"):
        logging.getLogger(name).setLevel(logging.WARNING)
    celery = Celery("third-option", broker=broker_url, set_as_current=False)
    is_redis = urlsplit(broker_url).scheme in {"redis", "rediss"}
    celery.conf.update(
        accept_content=["json"],  # nothing that is run by being read
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_pool_limit=connections,
        broker_transport_options={"socket_connect_timeout": CONNECT_SECONDS} if is_redis else {},
        task_default_delivery_mode="transient",
        task_default_queue=QUEUE,
        task_ignore_result=True,
        worker_cancel_long_running_tasks_on_connection_loss=True,  # those acknowledged late: none of ours
        worker_disable_prefetch=is_redis,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,  # who is busy hoards no invitation that an idle one could follow
        worker_redirect_stdouts=False,
    )
    parts = urlsplit(broker_url)
    if parts.scheme == "rediss":
        celery.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    elif parts.scheme == "amqps":
        celery.conf.broker_use_ssl = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
    return celery


def _keep_our_logs(**_about: object) -> None:
    """That somebody listens to this signal keeps Celery from setting up logs of its own."""


def _tell_root() -> None:
    """In one line and in our own words: Celery's name an option that this command has not."""
    if os.geteuid() == 0:
        warnings.filterwarnings("ignore", AS_ROOT, SecurityWarning)
        log.warning("runs as root; a worker needs a user of its own and no more")


def _waiting(celery: Celery, producer: Producer) -> int:
    waiting: int = celery.amqp.queues[QUEUE](producer.channel).queue_declare().message_count
    return waiting


def _take_invitations(celery: Celery, worker: Worker, ear: Ear) -> None:
    """Say what an invitation does here. `hands` counts the workers that had this one and no seat for it."""

    @celery.task(name=LOOK)  # type: ignore[untyped-decorator]
    def look(hands: int = 0) -> None:
        ear.heard()
        task = worker.take()
        if task:
            _invite(look)
            worker.do(task)
            _invite(look)  # its lane is free
        elif worker.full and 0 <= hands < HANDS:
            _invite(look, hands + 1)


def _invite(look: Task, hands: int = 0) -> None:
    """A broker that is away is told of by Celery's own loop, once it notices."""
    try:
        look.apply_async((hands,), **CALLS)
    except OperationalError:
        log.debug("no invitation sent")


def _end_well(worker: Worker, without_broker: Motor) -> None:
    def end() -> None:
        if worker.hand_over(FINISH_SECONDS):
            os._exit(0)  # Celery waits for its threads without end, and what they do is others' by now

    def stopping(**_about: object) -> None:
        without_broker.stop_soon()
        threading.Thread(target=end, name="third-option-end", daemon=True).start()

    signals.worker_shutting_down.connect(stopping, weak=False)

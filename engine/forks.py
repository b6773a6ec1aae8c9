"""What a server does before and after its processes are forked from one that has the application loaded.

Much is made when it is first needed: what finds an address, templates, the dates and numbers of a language. Made
before the fork it is there once and not in every process, and nobody's first page waits for it. Threads and
connections do not bear a fork: a lock that a thread holds at that moment is held for good in the other process, and a
connection would be two's. So none is there before it, and each process begins its own.
"""

from __future__ import annotations

import logging

from flask import Flask


def rehearse(app: Flask, address: str) -> None:
    """Before the fork: answer this address to nobody. Let it be one that asks neither the database nor the store of
    files."""
    logging.disable()  # nobody was answered
    try:
        app.test_client().get(address)
    finally:
        logging.disable(logging.NOTSET)


def begin(app: Flask) -> None:
    """After it: start the motor that `create_app` made, where it made one."""
    if motor := app.extensions.get("motor"):
        motor.start()

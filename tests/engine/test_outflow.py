"""Answers that take long: as many at once as leave threads for everybody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, Response

from engine.errors import Away
from engine.outflow import Outflow

pytestmark = pytest.mark.one_database


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.mark.usefixtures("context")
def test_a_place_is_free_again_when_an_answer_is_sent_broken_off_or_never_asked_for() -> None:
    outflow = Outflow(1)

    def counted() -> Response:
        return outflow.counted(Response(iter([b"one", b"two"])))

    for _time in range(2):
        sent = counted()
        with pytest.raises(Away):
            counted()
        assert b"".join(sent.response) == b"onetwo"  # type: ignore[arg-type]
        broken_off = counted()
        assert next(iter(broken_off.response)) == b"one"
        with pytest.raises(Away):
            counted()
        broken_off.close()
        never = counted()
        never.close()
        del never

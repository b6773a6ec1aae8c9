"""Whatever an LMS answers, in whatever way: each grade ends there as last released, or is refused for a reason.

All of it at once, each fault at a school of its own: one that is left alone for a while holds up no other, and the
waits overlap.
"""

from __future__ import annotations

from collections import Counter

import pytest

from lti.models.score import Delivery
from tests.faults.lms import Fault
from tests.faults.processes import Column, Tool, until

PEOPLE = 40
# {what goes wrong: how}. Where the score was `taken`, the LMS has it already when it is told again.
FAULTS = {
    "half of the results": Fault(at="results", do="half", calls=1),
    "malformed results": Fault(at="results", do="malformed", calls=1),
    "slow": Fault(at="scores", do="slow", seconds=0.3, share=0.3),
    "reset": Fault(at="scores", do="reset", calls=1),
    "reset afterwards": Fault(at="scores", do="reset", taken=True, calls=1),
    "half a body": Fault(at="scores", do="half", taken=True, calls=1),
    "malformed answers": Fault(at="scores", do="malformed", taken=True, calls=5),
    "401": Fault(at="scores", status=401, calls=1),
    "404": Fault(at="scores", status=404, calls=1, share=0.2),
    "409": Fault(at="scores", status=409, calls=2),
    "422": Fault(at="scores", status=422, calls=3, share=0.5),
    "429": Fault(at="scores", status=429, headers={"Retry-After": "1"}, calls=6),
    "500": Fault(at="scores", status=500, calls=2),
    "503": Fault(at="scores", status=503, headers={"Retry-After": "2"}, calls=1),
}


def refused(column: Column) -> list[str]:
    """Whose grade was refused; all others' is in the LMS, as last released, in order and hardly ever twice."""
    rows, grades = column.rows(), column.grades()
    sent = {sub for sub, row in rows.items() if row.status is Delivery.SENT}
    assert {sub: grades[sub] for sub in sent} == pytest.approx({sub: column.released[sub] for sub in sent})
    times: dict[str, str] = {}
    for one in column.accepted():
        assert times.get(one["sub"], "") < one["timestamp"]
        times[one["sub"]] = one["timestamp"]
    repeats = Counter((one["sub"], one["given"]) for one in column.accepted())
    assert sum(repeats.values()) - len(repeats) <= 1, "told again where the answer was lost, and nowhere else"
    others = [row for sub, row in rows.items() if sub not in sent]
    assert all(row.status is Delivery.REFUSED and row.message for row in others)
    return [sub for sub in rows if sub not in sent]


def test_whatever_goes_wrong_each_grade_arrives_or_is_refused_for_a_reason(motor: Tool) -> None:
    columns = {name: motor.column(PEOPLE, of_its_own=True) for name in FAULTS}
    for name, fault in FAULTS.items():
        fault.item = columns[name].item
        motor.lms.fails(fault)
        columns[name].release(10)
    until(lambda: len(columns["slow"].accepted()) > 3, lambda: f"{motor.kind}: nothing is sent\n{motor.said()}")
    motor.lms.forgets_tokens()
    columns["slow"].release(15)
    for column in columns.values():
        column.wait()
    motor.lms.recovers()
    missing = {name: len(some) for name, column in columns.items() if (some := refused(column))}
    assert missing.pop("422") == 3, "each for its own sake"
    assert missing.pop("404") > 0, "the column is gone"
    assert not missing

"""A student's yes to what the teacher offered."""

from __future__ import annotations

import pytest

from personalization.errors import Refused, Stale
from personalization.proposal.agreement import agree
from personalization.proposal.model import Status
from tests.personalization.proposal.making import (
    ACCEPT_BY,
    AMARA,
    DAY,
    EDITED,
    HOUR,
    NOON,
    WORDS,
    made,
    offered,
)


def test_agreeing_to_an_offer_settles_the_teachers_version() -> None:
    idea = offered()
    agreement = agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY)
    assert agreement is not None
    assert (idea.status, agreement.version.number, agreement.option.text) == (Status.ACCEPTED, 2, EDITED.plan)
    assert agreement.agreed_by is AMARA
    assert agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY) is None


def test_agreeing_drops_an_answer_that_was_only_begun() -> None:
    idea = offered()
    idea.save(WORDS, AMARA, NOON + DAY)
    agree(idea, 2, idea.choice.activity.rubric, AMARA, NOON + 2 * DAY)
    assert [v.number for v in idea.versions] == [1, 2]


@pytest.mark.parametrize("version", [1, 3])
def test_agreeing_to_another_version_is_refused(version: int) -> None:
    idea = offered()
    with pytest.raises(Stale):
        agree(idea, version, idea.choice.activity.rubric, AMARA, NOON + DAY)
    assert idea.status is Status.OFFERED


def test_agreeing_ends_with_the_window() -> None:
    idea = offered()
    with pytest.raises(Refused, match="time to agree"):
        agree(idea, 2, idea.choice.activity.rubric, AMARA, ACCEPT_BY + HOUR)
    assert idea.status is Status.OFFERED


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.OFFERED}))
def test_there_is_nothing_to_agree_to_elsewhere(status: Status) -> None:
    idea = made(status)
    with pytest.raises(Stale):
        agree(idea, 1, idea.choice.activity.rubric, AMARA, NOON + DAY)
    assert idea.status is status

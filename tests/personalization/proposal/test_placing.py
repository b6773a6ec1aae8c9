"""An option is picked where there was an idea or an agreement."""

from __future__ import annotations

import pytest

from personalization.choice.model import Way
from personalization.errors import Refused
from personalization.proposal.model import Status
from personalization.proposal.placing import take_option
from tests.personalization.proposal.making import (
    AMARA,
    DAY,
    HOUR,
    NOON,
    PICK_BY,
    accepted,
    submitted,
)


def test_taking_an_option_ends_the_agreement_and_keeps_it_in_the_history() -> None:
    idea, agreement = accepted()
    poster = idea.choice.activity.options[0]
    take_option(idea.choice, poster, 0, None, agreement, AMARA, NOON + 2 * DAY)
    assert (idea.choice.option, idea.choice.way, idea.status) == (poster, Way.PICKED, Status.WITHDRAWN)
    assert agreement.ended_at == agreement.option.archived_at == NOON + 2 * DAY


def test_taking_an_option_withdraws_an_open_idea() -> None:
    idea = submitted()
    take_option(idea.choice, idea.choice.activity.options[1], 0, idea, None, AMARA, NOON + DAY)
    assert (idea.status, idea.choice.way) == (Status.WITHDRAWN, Way.PICKED)


def test_a_refused_option_leaves_the_agreement_alone() -> None:
    idea, agreement = accepted()
    poster = idea.choice.activity.options[0]
    for now, taken in ((PICK_BY + HOUR, 0), (NOON + DAY, 1)):
        poster.capacity = 1
        with pytest.raises(Refused):
            take_option(idea.choice, poster, taken, None, agreement, AMARA, now)
        assert (agreement.ended_at, idea.status, idea.choice.way) == (None, Status.ACCEPTED, Way.AGREED)

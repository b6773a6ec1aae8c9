"""May others do this too? Only what the student said yes to, and not for good until somebody is on it."""

from __future__ import annotations

import pytest

from personalization.errors import BadInput, Refused, Stale
from personalization.proposal.agreement import Agreement
from personalization.proposal.answering import accept
from personalization.proposal.sharing import Consent, Sharing
from tests.personalization.proposal.making import AMARA, DAY, NOON, OKAFOR, submitted


def agreed() -> Agreement:
    idea = submitted()
    agreement = accept(idea, 1, idea.choice.activity.rubric, OKAFOR, NOON)
    assert agreement is not None
    return agreement


def asked() -> Sharing:
    return Sharing.ask(agreed(), OKAFOR, NOON + DAY)


def consented() -> Sharing:
    sharing = asked()
    sharing.agree("A game of cards", "Some players, one pond.", "Cardboard", AMARA, NOON + DAY)
    return sharing


def said(sharing: Sharing) -> list[str]:
    return [event.verb for event in sharing.agreement.choice.events if "shar" in event.verb]


def shown(sharing: Sharing) -> list[str]:
    return [option.title for option in sharing.agreement.choice.activity.designed_options]


WAYS = ["Field poster", "Data story"]


def test_the_student_s_own_words_are_what_is_asked_about() -> None:
    sharing = asked()
    assert (sharing.title, sharing.text, sharing.means) == ("A card game", "Four players, one pond.", "Cardboard")
    assert sharing.is_waiting
    assert said(sharing) == ["sharing asked"]


def test_nothing_is_asked_about_an_agreement_that_ended() -> None:
    agreement = agreed()
    agreement.end(AMARA, NOON)
    with pytest.raises(Refused):
        Sharing.ask(agreement, OKAFOR, NOON)


def test_nor_of_a_student_who_left_and_could_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = agreed()
    monkeypatch.setattr(agreement.choice.student, "left_at", NOON)
    with pytest.raises(Refused):
        Sharing.ask(agreement, OKAFOR, NOON)
    assert "sharing asked" not in [event.verb for event in agreement.choice.events]


def test_without_a_yes_nothing_is_shown() -> None:
    for answer in (lambda s: None, lambda s: s.decline(AMARA, NOON)):
        sharing = asked()
        answer(sharing)
        with pytest.raises(Refused, match="Amara has not said yes"):
            sharing.share(OKAFOR, NOON)
        assert shown(sharing) == WAYS


def test_a_yes_is_to_the_words_that_the_student_made_of_it() -> None:
    sharing = consented()
    option = sharing.share(OKAFOR, NOON)
    assert (option.title, option.text, option.means) == ("A game of cards", "Some players, one pond.", "Cardboard")
    assert option.only_for is None
    assert shown(sharing) == [*WAYS, "A game of cards"]
    assert said(sharing) == ["sharing asked", "sharing agreed", "idea shared"]


def test_added_twice_it_is_one_way() -> None:
    sharing = consented()
    assert sharing.share(OKAFOR, NOON) is sharing.share(OKAFOR, NOON)
    assert said(sharing).count("idea shared") == 1


def test_a_yes_may_be_worded_anew_until_it_is_taken() -> None:
    sharing = consented()
    sharing.agree("Cards", "Some players.", "", AMARA, NOON)
    assert sharing.title == "Cards"
    sharing.share(OKAFOR, NOON)
    with pytest.raises(Stale) as stale:
        sharing.agree("Other cards", "Other players.", "", AMARA, NOON)
    assert stale.value.kept == "Other players."
    sharing.agree("Cards", "Some players.", "", AMARA, NOON)  # the same press once more


@pytest.mark.parametrize(("title", "text"), [(" ", "Some players."), ("Cards", "")])
def test_a_yes_to_nothing_is_none(title: str, text: str) -> None:
    sharing = asked()
    with pytest.raises(BadInput):
        sharing.agree(title, text, "", AMARA, NOON)
    assert sharing.is_waiting


def test_a_no_twice_is_one_and_may_become_a_yes() -> None:
    sharing = asked()
    sharing.decline(AMARA, NOON)
    sharing.decline(AMARA, NOON)
    assert said(sharing) == ["sharing asked", "sharing declined"]
    sharing.agree("Cards", "Some players.", "", AMARA, NOON)
    assert sharing.may_share


def test_a_no_after_a_yes_is_a_taking_back() -> None:
    sharing = consented()
    with pytest.raises(Stale):
        sharing.decline(AMARA, NOON)


def test_a_yes_is_taken_back_with_the_way_that_it_became() -> None:
    sharing = consented()
    sharing.share(OKAFOR, NOON)
    sharing.take_back(0, AMARA, NOON)
    sharing.take_back(0, AMARA, NOON)
    assert shown(sharing) == WAYS
    assert sharing.consent is Consent.TAKEN_BACK
    assert said(sharing).count("sharing taken back") == 1
    with pytest.raises(Refused):
        sharing.share(OKAFOR, NOON)


def test_not_when_somebody_is_on_it() -> None:
    sharing = consented()
    sharing.share(OKAFOR, NOON)
    with pytest.raises(Refused, match="Somebody works on it already"):
        sharing.take_back(1, AMARA, NOON)
    assert shown(sharing) == [*WAYS, "A game of cards"]


def test_there_is_nothing_to_take_back_before_a_yes() -> None:
    with pytest.raises(Refused):
        asked().take_back(0, AMARA, NOON)


def test_said_yes_again_it_may_be_added_again() -> None:
    sharing = consented()
    first = sharing.share(OKAFOR, NOON)
    sharing.take_back(0, AMARA, NOON)
    sharing.agree("Cards", "Some players.", "", AMARA, NOON)
    second = sharing.share(OKAFOR, NOON)
    assert second is not first
    assert shown(sharing) == [*WAYS, "Cards"]


def test_an_activity_holds_only_as_many_ways_as_its_page_shows() -> None:
    sharing = consented()
    for number in range(6):
        sharing.agreement.choice.activity.add_option(f"Way {number}", "")
    with pytest.raises(Refused, match="as many ways as fit"):
        sharing.share(OKAFOR, NOON)


def test_changes_that_are_not_published_would_take_it_away_again() -> None:
    sharing = consented()
    sharing.agreement.choice.activity.typed = {"fields": []}
    with pytest.raises(Refused, match="changes of this activity"):
        sharing.share(OKAFOR, NOON)
    assert shown(sharing) == WAYS

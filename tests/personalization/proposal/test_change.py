"""Changing what two agreed: the old text holds until the other side agrees to the new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from engine import clock
from engine.db import db
from personalization.activity.rubric import generic_criteria
from personalization.errors import BadInput, Refused, Stale
from personalization.proposal.agreement import Agreement
from personalization.proposal.answering import accept
from personalization.proposal.change import AgreementChange, State, move_rubric
from personalization.proposal.model import Proposal
from personalization.proposal.version import Words
from tests.cast import NOON as CAST_NOON
from tests.cast import Cast, Member, writing
from tests.personalization import arranging
from tests.personalization.proposal import talking
from tests.personalization.proposal.making import AMARA, BEN, DAY, HOUR, NOON, OKAFOR, WORDS, submitted
from tests.personalization.proposal.pressing import press, words
from tests.personalization.proposal.talking import FIELDS

NEW = replace(WORDS, plan="Six players, one pond.", message="Two classes want to play.")


@pytest.fixture
def agreement() -> Agreement:
    idea = submitted()
    made = accept(idea, 1, idea.choice.activity.rubric, OKAFOR, NOON + DAY)
    assert made is not None
    return made


def asked(agreement: Agreement, words: Words = NEW, before: AgreementChange | None = None) -> AgreementChange:
    return AgreementChange.ask(agreement, before, words, agreement.rubric.criteria, AMARA, NOON + 2 * DAY)


def test_the_old_text_holds_while_the_other_side_thinks(agreement: Agreement) -> None:
    change = asked(agreement)
    assert agreement.ended_at is None
    assert agreement.version.plan == WORDS.plan
    assert agreement.choice.option is agreement.option
    assert change.words() == NEW


def test_what_is_agreed_anew_takes_its_place_and_keeps_the_criteria(agreement: Agreement) -> None:
    change = asked(agreement)
    assert change.agree(OKAFOR, NOON + 3 * DAY)
    renewed = change.renewed(OKAFOR, NOON + 3 * DAY)
    assert agreement.ended_at == NOON + 3 * DAY
    assert (renewed.version.plan, renewed.version.number) == (NEW.plan, 2)
    assert renewed.rubric is agreement.rubric
    assert renewed.choice.option is renewed.option
    assert renewed.option.text == NEW.plan
    assert agreement.version.plan == WORDS.plan, "what was agreed before stays readable"
    assert not change.agree(OKAFOR, NOON + 3 * DAY), "the same press twice"


@pytest.mark.parametrize(("asks", "answers", "other"), [(AMARA, BEN, AMARA), (OKAFOR, AMARA, BEN)])
def test_only_the_other_side_answers(agreement: Agreement, asks: object, answers: object, other: object) -> None:
    change = AgreementChange.ask(agreement, None, NEW, agreement.rubric.criteria, asks, NOON)  # type: ignore[arg-type]
    assert change.may_answer(answers)  # type: ignore[arg-type]
    with pytest.raises(Refused):
        change.agree(other, NOON)  # type: ignore[arg-type]
    assert change.state is State.ASKED


def test_declined_with_a_reason_everything_stays(agreement: Agreement) -> None:
    change = asked(agreement)
    with pytest.raises(BadInput):
        change.decline("  ", OKAFOR, NOON)
    change.decline("Four is enough to see it.", OKAFOR, NOON + 3 * DAY)
    change.decline("Four is enough to see it.", OKAFOR, NOON + 3 * DAY)
    assert change.state is State.DECLINED
    assert agreement.ended_at is None
    said = [e.detail.get("reason") for e in agreement.choice.events if e.verb == "change declined"]
    assert said == ["Four is enough to see it."]
    with pytest.raises(Stale):
        change.agree(OKAFOR, NOON + 4 * DAY)


def test_whoever_asked_takes_it_back_and_may_ask_again(agreement: Agreement) -> None:
    change = asked(agreement)
    with pytest.raises(Refused):
        change.take_back(OKAFOR, NOON)
    change.take_back(AMARA, NOON)
    again = asked(agreement, replace(NEW, plan="Five players."), before=change)
    assert again.is_open


def test_the_same_asked_twice_is_asked_once_and_something_else_waits(agreement: Agreement) -> None:
    change = asked(agreement)
    assert asked(agreement, before=change) is change
    with pytest.raises(Refused) as refused:
        asked(agreement, replace(NEW, plan="Eight players."), before=change)
    assert refused.value.kept == "Eight players."


@pytest.mark.parametrize(
    "wrong",
    [replace(NEW, message=""), replace(WORDS, message="Why not?"), replace(NEW, plan=" "), replace(NEW, lines={})],
)
def test_what_cannot_be_asked(agreement: Agreement, wrong: Words) -> None:
    with pytest.raises(BadInput):
        asked(agreement, wrong)


def test_once_the_work_is_handed_in_nothing_changes(agreement: Agreement) -> None:
    change = asked(agreement)
    agreement.choice.note("handed in", AMARA, NOON + HOUR)
    for late in (lambda: change.agree(OKAFOR, NOON), lambda: asked(agreement, before=None)):
        with pytest.raises(Refused):
            late()
    assert agreement.ended_at is None


@pytest.mark.parametrize("gone", ["excused_at", "left_at"])
def test_nor_where_the_student_need_not_do_it_or_has_left(
    agreement: Agreement, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = asked(agreement)
    monkeypatch.setattr(agreement.choice if gone == "excused_at" else agreement.choice.student, gone, NOON)
    for late in (lambda: change.agree(OKAFOR, NOON), lambda: asked(agreement)):
        with pytest.raises(Refused):
            late()
    assert agreement.ended_at is None


def test_newer_criteria_come_with_a_reason_that_the_student_reads(agreement: Agreement) -> None:
    activity = agreement.choice.activity
    newer = generic_criteria()
    newer[2].name = "Clearer"
    activity.revise_rubric(newer, keep=True)
    with pytest.raises(BadInput):
        move_rubric(agreement, "", OKAFOR, NOON)
    move_rubric(agreement, "The third row was unclear.", OKAFOR, NOON)
    move_rubric(agreement, "", OKAFOR, NOON)  # it is there already
    assert agreement.rubric is activity.rubric
    assert [e.detail["reason"] for e in agreement.choice.events if e.verb == "rubric moved"] == [
        "The third row was unclear."
    ]


# On the page

SignedIn = Callable[[Member], FlaskClient]
ASKING = {**FIELDS, "plan": "Six players, one pond.", "message": "Two classes want to play."}


@pytest.fixture
def address(app: Flask, cast: Cast, activity_id: int) -> Iterator[str]:
    with writing(app):
        idea = talking.sent(activity_id, cast.student.id)
        talking.accepted(idea, cast.teacher.id)
    with app.app_context():
        found = db.session.scalar(select(Agreement.id).where(Agreement.proposal_id == idea))
    with clock.at(CAST_NOON):
        yield f"/agreements/{found}"


def open_change(app: Flask) -> str:
    with app.app_context():
        asked = select(AgreementChange.id).where(AgreementChange.state == State.ASKED)
        return f"/changes/{db.session.scalars(asked).one()}"


def test_a_student_asks_and_the_teacher_agrees(app: Flask, cast: Cast, signed_in: SignedIn, address: str) -> None:
    student, teacher = signed_in(cast.student), signed_in(cast.teacher)
    assert press(student, f"{address}/changes", **ASKING).status_code == 303
    assert "Amara asks to change it" in words(teacher.get(address))
    assert "You asked to change it" in words(student.get(address))
    answer = press(teacher, f"{open_change(app)}/agreement")
    assert answer.status_code == 303
    assert answer.headers["Location"] != address
    assert "Six players" in words(student.get(answer.headers["Location"]))
    assert "This one has ended" in words(student.get(address))
    with app.app_context():
        assert len(db.session.scalars(select(Agreement).where(Agreement.ended_at.is_(None))).all()) == 1


def test_a_teacher_asks_and_the_student_declines(app: Flask, cast: Cast, signed_in: SignedIn, address: str) -> None:
    student, teacher = signed_in(cast.student), signed_in(cast.teacher)
    assert press(teacher, f"{address}/changes", **ASKING).status_code == 303
    change = open_change(app)
    refused = press(student, f"{change}/refusal", reason="")
    assert refused.status_code == 422
    assert press(student, f"{change}/refusal", reason="We agreed on four.").status_code == 303
    assert "We agreed on four." in words(teacher.get(address))
    assert press(student, f"{change}/agreement").status_code == 409


def test_nothing_typed_is_lost_when_it_is_not_whole(cast: Cast, signed_in: SignedIn, address: str) -> None:
    student = signed_in(cast.student)
    answer = press(
        student, f"{address}/changes", **{**ASKING, "message": "", "plan": "A plan of nine words that must not be lost"}
    )
    assert answer.status_code == 422
    assert "A plan of nine words that must not be lost" in answer.text


def test_nobody_else_reads_or_moves_it(app: Flask, cast: Cast, signed_in: SignedIn, address: str) -> None:
    press(signed_in(cast.student), f"{address}/changes", **ASKING)
    change = open_change(app)
    for stranger in (cast.classmate, cast.other_teacher, cast.observer, cast.designer):
        client = signed_in(stranger)
        assert client.get(address).status_code == 403
        assert press(client, f"{address}/changes", **ASKING).status_code == 403
        for verb in ("agreement", "refusal", "withdrawal"):
            assert press(client, f"{change}/{verb}", reason="No").status_code == 403
    assert press(signed_in(cast.assistant), f"{address}/rubric", reason="Newer").status_code == 403
    with app.app_context():
        assert db.session.scalars(select(AgreementChange)).one().state is State.ASKED


def test_handed_in_meanwhile_the_old_agreement_holds(
    app: Flask, cast: Cast, signed_in: SignedIn, address: str, activity_id: int
) -> None:
    press(signed_in(cast.student), f"{address}/changes", **ASKING)
    with writing(app):
        arranging.hand_in(activity_id, cast.student.id)
    answer = press(signed_in(cast.teacher), f"{open_change(app)}/agreement")
    assert answer.status_code == 409
    with app.app_context():
        assert db.session.scalars(select(Agreement)).one().ended_at is None
        assert db.session.scalars(select(Proposal)).one().latest.number == 1

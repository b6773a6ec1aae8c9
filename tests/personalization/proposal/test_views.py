"""The student's side of the talk: right person, wrong person, wrong state, bad input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine import clock
from personalization.activity.model import Activity
from personalization.choice.model import Choice, Way
from personalization.proposal.agreement import Agreement
from personalization.proposal.model import Proposal, Status, Version
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.proposal import talking
from tests.personalization.proposal.pressing import page, press, token, words
from tests.personalization.proposal.talking import EDITED, FIELDS

SignedIn = Callable[[Member], FlaskClient]
DAY = timedelta(days=1)
PRESSES = ["draft", "versions", "agreement", "withdrawal"]


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.at(NOON):
        yield


@pytest.fixture
def student(cast: Cast, signed_in: SignedIn) -> FlaskClient:
    return signed_in(cast.student)


@pytest.fixture
def draft(app: Flask, cast: Cast, activity_id: int) -> str:
    """The address of an idea that Amara has begun."""
    with writing(app):
        return f"/proposals/{talking.draft(activity_id, cast.student.id)}"


@pytest.fixture
def sent(app: Flask, cast: Cast, activity_id: int) -> str:
    with writing(app):
        return f"/proposals/{talking.sent(activity_id, cast.student.id)}"


@pytest.fixture
def revising(app: Flask, cast: Cast, sent: str) -> str:
    with writing(app):
        talking.asked_to_change(number(sent), cast.teacher.id)
    return sent


@pytest.fixture
def offered(app: Flask, cast: Cast, sent: str) -> str:
    with writing(app):
        talking.offered(number(sent), cast.teacher.id)
    return sent


def number(address: str) -> int:
    return int(address.rsplit("/", 1)[1])


def idea(session: Session, address: str) -> Proposal:
    session.expire_all()
    return session.get_one(Proposal, number(address))


# Writing


def test_the_draft_page_asks_for_a_line_per_criterion_and_a_plan_b(student: FlaskClient, draft: str) -> None:
    shown = page(student.get(draft))
    assert [h.get_text(strip=True) for h in shown.select("h1")] == ["Tell Adaeze Okafor your idea"]
    assert [t["name"] for t in shown.select(".lines textarea")] == ["criterion-1", "criterion-2", "criterion-3"]
    assert len(shown.select("input[name=plan_b]")) == 2
    assert shown.select_one(f"form[data-autosave='{draft}/draft']")
    assert "0 of 3 written" in shown.get_text()


def test_where_nothing_runs_out_the_dates_say_so(app: Flask, cast: Cast, student: FlaskClient) -> None:
    with writing(app):
        open_end = make_activity(cast.course_id, cast.teacher.id, title="No end", work_due=None)
        address = f"/proposals/{talking.draft(open_end, cast.student.id)}"
    dates = page(student.get(address)).select_one("[aria-labelledby=dates]")
    assert dates is not None
    assert dates.get_text(" ", strip=True) == "Your dates This one has no hand-in date. Nothing runs out."
    assert dates.select("ol") == []
    with writing(app):
        talking.submit(number(address))
    told = words(student.get(address))
    assert "Idea sent" in told
    assert "Nothing runs out." in told


def test_what_is_typed_is_saved_and_found_again(
    student: FlaskClient, draft: str, session: Session, activity_id: int
) -> None:
    option = session.get_one(Activity, activity_id).options[1]
    answer = press(student, f"{draft}/draft", title="A ga", plan_b=str(option.id), unsure_2="y", criterion_1="a\r\nb")
    assert (answer.status_code, answer.json) == (
        200,
        {"status": "Saved at 12:00 pm. You can close this and come back.", "time": "12:00 pm"},
    )
    kept = idea(session, draft)
    assert (kept.status, kept.title, kept.latest.line(1), kept.latest.is_unsure(2)) == (
        Status.DRAFT,
        "A ga",
        "a\nb",
        True,
    )
    assert kept.choice.plan_b_id == option.id
    shown = page(student.get(draft))
    assert shown.select_one("input[name=title][value='A ga']")
    assert shown.select_one("input[name=unsure-2][checked]")
    assert shown.select_one(f"input[name=plan_b][value='{option.id}'][checked]")
    assert "Saved at 12:00 pm" in shown.get_text()


def test_sending_brings_it_to_the_teacher_once(student: FlaskClient, draft: str, session: Session) -> None:
    for _twice in range(2):
        answer = press(student, f"{draft}/versions", **FIELDS)
        assert (answer.status_code, answer.location) == (303, draft)
    there = idea(session, draft)
    assert (there.status, len(there.versions)) == (Status.SUBMITTED, 1)
    said = words(student.get(draft))
    assert "Adaeze Okafor has it" in said
    assert "The answer comes by" in said


def test_what_is_missing_is_named_beside_its_field_and_the_rest_is_kept(
    student: FlaskClient, draft: str, session: Session
) -> None:
    answer = press(student, f"{draft}/versions", **{**FIELDS, "criterion-2": "", "title": ""})
    assert answer.status_code == 422
    shown = page(answer)
    alert = shown.select_one("[role=alert]")
    assert alert is not None
    assert [a["href"] for a in alert.select("a")] == ["#title", "#criterion-2"]
    assert "“Reasons” has no line yet" in alert.get_text()
    for link in alert.select("a"):
        assert shown.select_one(str(link["href"])), link
    assert shown.select_one("#criterion-2")["aria-invalid"] == "true"  # type: ignore[index]
    assert "Four players, one pond." in answer.text
    kept = idea(session, draft)
    assert (kept.status, kept.latest.plan, kept.sent) == (Status.DRAFT, "Four players, one pond.", [])


def test_not_sure_yet_is_enough_to_send(student: FlaskClient, draft: str, session: Session) -> None:
    answer = press(student, f"{draft}/versions", **{**FIELDS, "criterion-2": "", "unsure-2": "y"})
    assert answer.status_code == 303
    assert idea(session, draft).latest.is_unsure(2)


def test_after_the_time_for_ideas_the_text_is_shown_and_nothing_more_is_taken(
    student: FlaskClient, draft: str, session: Session
) -> None:
    press(student, f"{draft}/draft", title="A card game", plan="Four players")
    late = idea(session, draft).choice.propose_by
    assert late is not None
    with clock.at(late + DAY):
        shown = student.get(draft)
        assert "The time for this idea is over" in words(shown)
        assert "Four players" in words(shown)
        assert not page(shown).select("textarea")
        assert press(student, f"{draft}/versions", **FIELDS).status_code == 409
        refused = press(student, f"{draft}/draft", **FIELDS)
        assert refused.status_code == 409
    assert idea(session, draft).latest.plan == "Four players"


def test_an_autosave_that_is_refused_says_why_in_one_sentence(student: FlaskClient, sent: str) -> None:
    answer = student.post(f"{sent}/draft", data={"csrf_token": token(student), **EDITED}, headers={"X-Autosave": "1"})
    assert (answer.status_code, answer.json) == (409, {"status": "You sent this idea already"})


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 256},
        {"plan": "x" * 20_001},
        {"criterion-1": "x" * 20_001},
        {"plan": "a\0b"},
        {"title": "\x00"},
        {"seen": "twelve"},
        {"seen": "9" * 400},
    ],
)
@pytest.mark.parametrize("what", ["versions", "draft"])
def test_what_cannot_be_kept_is_refused_and_shown_again(
    student: FlaskClient, draft: str, session: Session, fields: dict[str, str], what: str
) -> None:
    answer = press(student, f"{draft}/{what}", **{**FIELDS, **fields})
    assert answer.status_code == 422
    assert idea(session, draft).title == ""
    if what == "versions" and "tool" not in fields:
        assert "Cardboard" in answer.text


@pytest.mark.parametrize("plan_b", ["0", "-1", "9" * 30, "own", "<b>"])
def test_a_plan_b_that_is_none_is_not_kept(student: FlaskClient, draft: str, session: Session, plan_b: str) -> None:
    assert press(student, f"{draft}/draft", plan_b=plan_b).status_code == 200
    assert idea(session, draft).choice.plan_b_id is None


def test_half_a_character_is_no_500(student: FlaskClient, draft: str) -> None:
    body = f"csrf_token={token(student)}&title=%ED%A0%80&plan=x"
    answer = student.post(f"{draft}/draft", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {200, 422}


def test_nothing_typed_becomes_markup(student: FlaskClient, draft: str) -> None:
    evil = "<script>alert(1)</script>"
    press(student, f"{draft}/versions", **dict.fromkeys(FIELDS, evil))
    assert "<script>alert" not in student.get(draft).text


# The talk


def test_a_question_is_answered_with_the_next_version(student: FlaskClient, revising: str, session: Session) -> None:
    shown = page(student.get(revising))
    assert "One question left to answer" in shown.get_text()
    assert "How will I see Reasons?" in shown.get_text()
    form = shown.select_one("#answer")
    assert form is not None
    assert form.select(".lines textarea")[0]["name"] == "criterion-2", "the one asked about comes first"
    answer = press(student, f"{revising}/versions", **{**EDITED, "message": "Like this?"})
    assert answer.status_code == 303
    there = idea(session, revising)
    assert (there.status, there.latest.number, there.latest.message) == (Status.SUBMITTED, 2, "Like this?")
    thread = page(student.get(revising)).select_one(".thread")
    assert thread is not None
    assert [d.get_text() for d in thread.select("del, ins")] == ["Removed: Four", "Added: Two"]
    assert "No change: Understanding, Reasons, Clear" in " ".join(thread.get_text().split())


def test_a_page_older_than_the_answer_keeps_the_words(student: FlaskClient, revising: str, session: Session) -> None:
    answer = press(student, f"{revising}/versions", **{**EDITED, "seen": "0"})
    assert answer.status_code == 409
    assert "Your words are safe" in words(answer)
    assert "Two players, one pond." in words(answer)
    assert len(idea(session, revising).versions) == 1


def test_an_offer_is_shown_with_what_changed_and_agreed_to_once(
    student: FlaskClient, offered: str, session: Session, activity_id: int
) -> None:
    shown = student.get(offered)
    assert "Adaeze Okafor would say yes to this" in words(shown)
    changes = page(shown).select(".thread del, .thread ins")
    assert [c.get_text() for c in changes] == ["Removed: Four", "Added: Two"]
    for _twice in range(2):
        answer = press(student, f"{offered}/agreement", version="2")
        assert (answer.status_code, answer.location) == (303, offered)
    agreement = session.scalars(select(Agreement)).one()
    assert (agreement.version.number, agreement.option.text) == (2, "Two players, one pond.")
    assert idea(session, offered).choice.way is Way.AGREED
    after = student.get(offered)
    assert "Yes! You two agree" in words(after)
    assert page(after).select_one(f"a[href='/activities/{activity_id}/submission']")


def test_an_offer_is_answered_with_an_own_version(student: FlaskClient, offered: str, session: Session) -> None:
    answer = press(student, f"{offered}/versions", **FIELDS, message="Four is the fun of it.")
    assert answer.status_code == 303
    there = idea(session, offered)
    assert (there.status, there.latest.number) == (Status.SUBMITTED, 3)


@pytest.mark.parametrize(("version", "status"), [("1", 409), ("3", 409), ("", 422), ("two", 422), ("9" * 5000, 422)])
def test_agreeing_names_the_version_that_is_offered(
    student: FlaskClient, offered: str, session: Session, version: str, status: int
) -> None:
    assert press(student, f"{offered}/agreement", version=version).status_code == status
    assert idea(session, offered).status is Status.OFFERED


def test_sent_back_gives_the_reason_and_room_for_a_second_idea(
    app: Flask, student: FlaskClient, sent: str, session: Session, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        talking.sent_back(number(sent), cast.teacher.id)
    shown = student.get(sent)
    assert "A new idea, please" in words(shown)
    assert "A poster is option A already." in words(shown)
    assert "A poster is option A already." in words(student.get(f"/activities/{activity_id}/choice"))
    first = press(student, f"/activities/{activity_id}/proposals")
    again = press(student, f"/activities/{activity_id}/proposals")
    assert first.location == again.location != sent
    assert first.location is not None
    assert "A poster is option A already." in words(student.get(first.location)), "the reason is beside the new idea"
    assert press(student, f"{first.location}/versions", **FIELDS).status_code == 303
    assert (idea(session, sent).status, idea(session, first.location).status) == (
        Status.SENT_BACK,
        Status.SUBMITTED,
    )


def test_a_withdrawal_leads_back_to_the_ways_and_keeps_the_text(
    student: FlaskClient, sent: str, session: Session, activity_id: int
) -> None:
    for _twice in range(2):
        answer = press(student, f"{sent}/withdrawal")
        assert (answer.status_code, answer.location) == (303, f"/activities/{activity_id}/choice")
    assert idea(session, sent).status is Status.WITHDRAWN
    assert "Four players, one pond." in words(student.get(sent))
    assert "“A card game” is kept." in words(student.get(f"/activities/{activity_id}/choice"))


def test_an_agreement_can_be_left_for_an_option_until_pick_by(
    app: Flask, student: FlaskClient, sent: str, session: Session, cast: Cast, activity_id: int
) -> None:
    with writing(app):
        talking.accepted(number(sent), cast.teacher.id)
    ways = f"/activities/{activity_id}/choice"
    shown = page(student.get(ways))
    assert "Yes! You two agree" in shown.get_text()
    assert shown.select_one("input[value=own][checked]")
    assert press(student, ways, option="own").location == sent
    poster = idea(session, sent).choice.activity.designed_options[0]
    assert press(student, ways, option=str(poster.id)).status_code == 303
    there = idea(session, sent)
    assert (there.status, there.choice.option_id, there.choice.way) == (Status.WITHDRAWN, poster.id, Way.PICKED)
    assert session.scalars(select(Agreement)).one().ended_at == NOON


# Who


@pytest.mark.parametrize("who", ["classmate", "designer", "observer", "other_teacher", "other_school_teacher"])
def test_an_idea_is_between_its_student_and_who_answers(
    cast: Cast, signed_in: SignedIn, sent: str, session: Session, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(sent).status_code == 403
    for what in PRESSES:
        assert press(client, f"{sent}/{what}", **EDITED, version="1").status_code == 403
    assert idea(session, sent).status is Status.SUBMITTED


@pytest.mark.parametrize("who", ["teacher", "assistant"])
def test_who_answers_is_led_to_their_own_page_and_writes_nothing_here(
    cast: Cast, signed_in: SignedIn, sent: str, session: Session, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(sent).location == f"{sent}/decision"
    for what in PRESSES:
        assert press(client, f"{sent}/{what}", **EDITED, version="1").status_code == 403
    assert idea(session, sent).latest.plan == FIELDS["plan"]


def test_without_a_launch_there_is_nothing(app: Flask, sent: str) -> None:
    stranger = app.test_client()
    assert stranger.get(sent).status_code == 401
    assert [press(stranger, f"{sent}/{what}").status_code for what in PRESSES] == [401] * 4


def test_a_press_without_its_token_changes_nothing(student: FlaskClient, sent: str, session: Session) -> None:
    assert [student.post(f"{sent}/{what}").status_code for what in PRESSES] == [400] * 4
    assert idea(session, sent).status is Status.SUBMITTED


def test_reading_writes_nothing(student: FlaskClient, sent: str, activity_id: int, session: Session) -> None:
    def rows() -> list[int]:
        session.expire_all()
        kinds = (Proposal, Version, Choice)
        return [session.scalar(select(func.count()).select_from(kind)) or 0 for kind in kinds]

    before = rows(), idea(session, sent).row_version
    for address in (sent, f"/activities/{activity_id}/choice"):
        assert student.get(address).status_code == 200
    assert (rows(), idea(session, sent).row_version) == before

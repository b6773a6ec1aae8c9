"""News and histories: the right person, the wrong one, bad input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from engine import clock
from engine.db import db
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.answering import ask_for_revision
from personalization.proposal.model import Words
from personalization.proposal.starting import begin_idea
from tests.cast import NOON, Cast, Member, make_activity, writing
from tests.personalization.arranging import choice_of, hand_in, pick, release
from tests.personalization.notice.posts import change, happen, limit_to_sections
from tests.personalization.pressing import look, page_of, press, text_of
from tests.statements import statements_of

SignIn = Callable[[Member], FlaskClient]
IDEA = Words(title="A card game", plan="Cards move through the pond.", tool="", lines={1: "a", 2: "b", 3: "c"})


def news(client: FlaskClient, cast: Cast) -> BeautifulSoup:
    return page_of(client, f"/courses/{cast.course_id}/news")


def items(soup: BeautifulSoup) -> list[str]:
    return [" ".join(link.get_text(" ").split()) for link in soup.select(".news li p:first-child")]


def choice_id(app: Flask, activity_id: int, who: Member) -> int:
    with app.app_context():
        return choice_of(activity_id, who.id).id


def propose(app: Flask, activity_id: int, cast: Cast) -> int:
    """Amara sends an idea, Ms. Okafor asks for a change; the idea's id."""
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        idea = begin_idea(choice, [], choice.student, NOON)
        db.session.add(idea)
        idea.submit(IDEA, choice.activity.criteria, choice.student, NOON)
        ask_for_revision(idea, 1, "Where is the energy?", db.session.get_one(Person, cast.teacher.id), NOON)
        db.session.flush()
        return idea.id


def test_a_student_reads_what_others_did_newest_first(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    idea = propose(app, activity_id, cast)
    happen(app, activity_id, cast.student, "extended", cast.teacher, dates={"work_due": NOON.isoformat()})
    happen(app, activity_id, cast.classmate, "unplaced", None)
    soup = news(signed_in(cast.student), cast)
    assert items(soup) == [
        "New: Adaeze Okafor gave you more time.",
        "New: Adaeze Okafor asked you to change one thing in the idea “A card game”. Your idea stays.",
    ]
    assert "“Where is the energy?”" in text_of(soup, ".news li:nth-of-type(2) blockquote")
    assert [a["href"] for a in soup.select(".news li p:first-child a")] == [
        f"/activities/{activity_id}/choice",
        f"/proposals/{idea}",
    ]
    assert text_of(soup, ".bell .count") == "2 unread"


def test_what_was_seen_is_old_and_what_came_meanwhile_is_new(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    client = signed_in(cast.student)
    first = happen(app, activity_id, cast.student, "unplaced", None)
    happen(app, activity_id, cast.student, "extended", cast.teacher)
    seen = f"/courses/{cast.course_id}/news/seen"
    for _twice in range(2):
        answer = press(client, seen, {"until": str(first)})
        assert (answer.status_code, answer.location) == (303, f"/courses/{cast.course_id}/news")
    assert [item.startswith("New:") for item in items(news(client, cast))] == [True, False]
    press(client, seen, {"until": str(2**31 - 1)})
    assert [item.startswith("New:") for item in items(news(client, cast))] == [False, False]
    press(client, seen, {"until": "0"})
    happen(app, activity_id, cast.student, "excused", cast.teacher, reason="You were ill.")
    assert [item.startswith("New:") for item in items(news(client, cast))] == [True, False, False]


@pytest.mark.parametrize("until", ["", "x", "-1", str(2**31), "²", "1\0"])
def test_a_number_that_is_none_is_refused(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn, until: str
) -> None:
    assert press(signed_in(cast.student), f"/courses/{cast.course_id}/news/seen", {"until": until}).status_code == 422


@pytest.mark.parametrize("before", ["", "x", "-1", str(10**30), "²"])
def test_an_odd_page_of_news_is_the_first(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn, before: str
) -> None:
    happen(app, activity_id, cast.student, "unplaced", None)
    soup = page_of(signed_in(cast.student), f"/courses/{cast.course_id}/news?before={before}")
    assert len(items(soup)) == 1


def test_older_news_is_a_page_further(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    with writing(app):
        choice = choice_of(activity_id, cast.student.id)
        for number in range(120):
            choice.note("excused", db.session.get_one(Person, cast.teacher.id), NOON, reason=f"Reason {number}.")
    client = signed_in(cast.student)
    soup = news(client, cast)
    assert text_of(soup, ".bell .count") == "99+ unread"
    reasons = []
    while True:
        reasons += [quote.get_text() for quote in soup.select(".news blockquote")]
        older = soup.find("a", string="Older news")
        if older is None:
            break
        soup = page_of(client, str(older["href"]))
    assert reasons == [f"“Reason {number}.”" for number in reversed(range(120))]


def test_news_of_long_ago_is_not_new(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    happen(app, activity_id, cast.student, "unplaced", None, NOON - timedelta(days=15))
    soup = news(signed_in(cast.student), cast)
    assert not items(soup)[0].startswith("New:")
    assert soup.select_one(".bell .count") is None


def test_staff_read_what_students_did_and_what_waits(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    propose(app, activity_id, cast)
    with writing(app):
        go = hand_in(activity_id, cast.classmate.id)
    happen(app, activity_id, cast.student, "sent idea", cast.teacher, title="Told in person")
    for member in (cast.teacher, cast.assistant):
        soup = news(signed_in(member), cast)
        assert items(soup) == ["New: Noor handed in their work.", "New: Amara sent the idea “A card game”."]
        assert soup.select(".news a")[0]["href"] == f"/submissions/{go}/grade"
        assert text_of(soup, ".bell .count") == "2 unread"


def test_news_of_test_students_and_of_who_left_concerns_nobody(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    happen(app, activity_id, cast.student, "handed in", cast.student)
    happen(app, activity_id, cast.classmate, "handed in", cast.classmate)
    change(app, Person, cast.student.id, is_test=True)
    change(app, Person, cast.classmate.id, left_at=NOON)
    assert items(news(signed_in(cast.teacher), cast)) == []


def test_who_is_limited_to_sections_reads_of_those_alone(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    limit_to_sections(app, cast)
    for who in (cast.student, cast.classmate):
        happen(app, activity_id, who, "handed in", who)
    client = signed_in(cast.assistant)
    soup = news(client, cast)
    assert items(soup) == ["New: Amara handed in their work."]
    assert text_of(soup, ".bell .count") == "1 unread"
    assert look(client, f"/choices/{choice_id(app, activity_id, cast.student)}/history").status_code == 200
    assert look(client, f"/choices/{choice_id(app, activity_id, cast.classmate)}/history").status_code == 403


def statements(app: Flask, client: FlaskClient, address: str) -> list[str]:
    """What one page asks the database."""
    with statements_of(app) as found:
        assert look(client, address).status_code == 200
    return found


@pytest.mark.parametrize("who", ["student", "teacher"])
def test_news_costs_as_many_statements_for_much_as_for_little_and_the_bell_one(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn, who: str
) -> None:
    client, page = signed_in(getattr(cast, who)), f"/courses/{cast.course_id}/news"
    happen(app, activity_id, cast.student, "unplaced", None)
    first = statements(app, client, page)
    few = statements(app, client, page)
    assert len([s for s in first if "count(" in s and "choice_event" in s]) == 1
    with writing(app):
        others = [make_activity(cast.course_id, cast.teacher.id, f"Leaves {number}") for number in range(5)]
        for number in range(40):
            for student in (cast.student, cast.classmate):
                choice_of(others[number % 5], student.id).note("unplaced", None, NOON)
    assert len(statements(app, client, page)) <= len(few)


def test_a_history_is_whole_and_in_order(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    propose(app, activity_id, cast)
    mine = choice_id(app, activity_id, cast.student)
    soup = page_of(signed_in(cast.student), f"/choices/{mine}/history")
    steps = [" ".join(p.get_text(" ").split()) for p in soup.select(".thread li div > p:first-child")]
    assert [step.partition(".")[0] for step in steps] == [
        "This activity came onto your list",
        "You started an idea of your own",
        "You sent the idea “A card game”",
        "Adaeze Okafor asked you to change one thing in the idea “A card game”",
    ]
    assert text_of(soup, ".thread li:last-child blockquote") == "“Where is the energy?”"
    soup = page_of(signed_in(cast.assistant), f"/choices/{mine}/history")
    assert "Adaeze Okafor asked Amara to change one thing in the idea “A card game”." in soup.get_text()
    assert text_of(soup, "h1") == "What happened so far: Amara Diallo"


def test_a_history_of_an_older_version_finds_its_reasons(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    propose(app, activity_id, cast)
    mine = choice_id(app, activity_id, cast.student)
    with writing(app):
        for step in db.session.get_one(Choice, mine).events:
            step.detail = {}
    soup = page_of(signed_in(cast.student), f"/choices/{mine}/history")
    assert text_of(soup, ".thread li:last-child blockquote") == "“Where is the energy?”"


def test_who_observes_a_student_reads_their_history_and_nobody_elses(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    client = signed_in(cast.observer)
    mine = f"/choices/{choice_id(app, activity_id, cast.student)}/history"
    soup = page_of(client, mine)
    assert "You see what Amara sees" in soup.get_text()
    assert soup.select("form") == []
    assert soup.select_one(".bell") is None
    assert look(client, f"/choices/{choice_id(app, activity_id, cast.classmate)}/history").status_code == 403
    change(app, Person, cast.observer.id, mentees=[])
    assert look(client, mine).status_code == 403
    change(app, Person, cast.observer.id, mentees=["sub-Amara Diallo"])
    change(app, Person, cast.student.id, left_at=NOON)
    assert look(client, mine).status_code == 403


def test_what_a_student_writes_to_their_teachers_is_for_those_two_alone(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn
) -> None:
    line = choice_id(app, activity_id, cast.student)
    press(signed_in(cast.student), f"/activities/{activity_id}/messages", {"text": "Nobody at home can help me"})
    press(signed_in(cast.teacher), f"/choices/{line}/messages", {"text": "Come at noon"})
    for who in (cast.student, cast.teacher):
        assert "Nobody at home" in look(signed_in(who), f"/choices/{line}/history").text
    seen = look(signed_in(cast.observer), f"/choices/{line}/history")
    assert seen.status_code == 200
    for words in ("Nobody at home", "Come at noon", "asked for help", "wrote to"):
        assert words not in seen.text


@pytest.mark.parametrize("who", ["classmate", "designer", "other_teacher", "other_school_teacher"])
def test_a_history_is_closed_to_everyone_else(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn, who: str
) -> None:
    mine = choice_id(app, activity_id, cast.student)
    assert look(signed_in(getattr(cast, who)), f"/choices/{mine}/history").status_code == 403
    assert look(signed_in(getattr(cast, who)), "/choices/987654/history").status_code == 404


@pytest.mark.parametrize("who", ["designer", "observer", "other_teacher"])
def test_news_and_mail_are_closed_to_whom_nothing_happens(
    app: Flask, cast: Cast, activity_id: int, signed_in: SignIn, who: str
) -> None:
    client = signed_in(getattr(cast, who))
    for page in ("news", "mail"):
        assert look(client, f"/courses/{cast.course_id}/{page}").status_code == 403


def test_every_link_of_the_news_leads_to_a_page(app: Flask, cast: Cast, activity_id: int, signed_in: SignIn) -> None:
    """Of each verb, to the student and to staff, with an idea, with work, and with neither."""
    propose(app, activity_id, cast)
    with writing(app):
        release(hand_in(activity_id, cast.classmate.id), cast.teacher.id)
        third = make_activity(cast.course_id, cast.teacher.id, "Leaves")
        pick(third, cast.student.id)
    for who, where in ((cast.student, activity_id), (cast.classmate, activity_id), (cast.student, third)):
        for verb in ("unanswered", "closed", "unplaced", "extended", "returned", "sharing agreed"):
            happen(app, where, who, verb, None)
    for member in (cast.student, cast.classmate, cast.teacher, cast.assistant):
        client = signed_in(member)
        links = {str(a["href"]) for a in news(client, cast).select(".news a")}
        assert links
        with clock.at(NOON):
            found = {link: client.get(link, follow_redirects=True).status_code for link in links}
        assert found == dict.fromkeys(links, 200)

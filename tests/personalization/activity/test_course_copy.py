"""Starting the copy that a link of a copied course leads to: what comes, its dates, the course's other activities.

There is one copy, however often and by whomever it is asked for.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from time import sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.db import db
from lti.models.context import Context, ContextOrigin, ResourceLink
from personalization.activity import course_copy
from personalization.activity.copy_offer import CopyOffer
from personalization.activity.copying import copy_into
from personalization.activity.course_copy import Said, day_for
from personalization.activity.deep_link import ancestors
from personalization.activity.model import Activity
from personalization.activity.placement import Placement
from personalization.choice.model import Choice
from personalization.people.model import Course, Person
from tests.cast import NOON, Cast, make_activity, make_course, writing
from tests.personalization.activity.conftest import SignedIn
from tests.personalization.activity.designing import form_of, page, typed
from tests.personalization.pressing import press, text_of

CHICAGO, KATHMANDU = ZoneInfo("America/Chicago"), ZoneInfo("Asia/Kathmandu")


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.fixture
def origin_id(app: Flask, cast: Cast) -> int:
    """Old maps, of History 8A: it opened on 2 November at 8 in the morning, the day after the clocks went back."""
    with writing(app):
        made = make_activity(
            cast.other_course_id,
            cast.other_teacher.id,
            "Old maps",
            opens=at(CHICAGO, 2026, 11, 2, 8, 0),
            work_due=at(CHICAGO, 2026, 11, 20, 23, 59),
        )
        activity = db.session.get_one(Activity, made)
        only = db.session.get_one(Person, cast.student.id)
        activity.add_option("Amara’s own map", "A map of one street", only_for=only)
        return made


@pytest.fixture
def offer(app: Flask, cast: Cast, origin_id: int) -> str:
    """The address of an offer that the LMS proved, to Biology 9B."""
    with writing(app):
        return _offer(cast, origin_id)


def _offer(cast: Cast, origin_id: int) -> str:
    made = CopyOffer(course_id=cast.course_id, origin_id=origin_id, source_id=origin_id, proven=True, made_at=NOON)
    db.session.add(made)
    db.session.flush()
    return f"/copy-offers/{made.id}"


@pytest.fixture
def link_id(app: Flask, cast: Cast) -> str:
    with writing(app):
        return str(new_link(cast, "a link that came along"))


def new_link(cast: Cast, name: str) -> int:
    context_id = db.session.get_one(Course, cast.course_id).context_id
    link = ResourceLink(context_id=context_id, resource_link_id=name, seen_at=NOON)
    db.session.add(link)
    db.session.flush()
    return link.id


@pytest.fixture
def song_id(app: Flask, cast: Cast) -> int:
    """A second activity of History 8A, a week later."""
    with writing(app):
        opens, due = at(CHICAGO, 2026, 11, 9, 8, 0), at(CHICAGO, 2026, 11, 27, 23, 59)
        return make_activity(cast.other_course_id, cast.other_teacher.id, "Old songs", opens=opens, work_due=due)


def copies(session: Session, cast: Cast) -> list[Activity]:
    session.expire_all()
    return list(session.scalars(select(Activity).where(Activity.course_id == cast.course_id).order_by(Activity.id)))


# The page


def test_the_page_says_what_comes_what_stays_and_when(teacher: FlaskClient, offer: str) -> None:
    shown = page(teacher.get(f"{offer}?opens=2027-03-08"))
    assert text_of(shown, "h1") == "Start a copy of “Old maps” from “History 8A”"
    assert "own ideas" in text_of(shown, "dl.pairs")
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in shown.select("tbody tr")]
    names = [row[0] for row in rows]
    assert names == ["Opens", "Ideas by", "You answer by", "Agreed by", "Way settled", "Hand in"]
    times = [[one["datetime"] for one in row.select("time")] for row in shown.select("tbody tr")]
    assert times[0] == ["2026-11-02T08:00-06:00", "2027-03-08T08:00-06:00"]
    assert times[-1] == ["2026-11-20T23:59-06:00", "2027-03-26T23:59-05:00"]
    field = shown.select_one("[name=opens]")
    assert field is not None
    assert field["value"] == "2027-03-08"
    assert "Amara" not in shown.get_text()


@pytest.mark.parametrize("asked", ["", "?opens=", "?opens=soon", "?opens=0001-01-01", "?opens=9999-12-31", "?link=%00"])
def test_without_a_day_that_makes_sense_today_is_suggested(teacher: FlaskClient, offer: str, asked: str) -> None:
    shown = page(teacher.get(offer + asked))
    field = shown.select_one("[name=opens]")
    assert field is not None
    assert field["value"] == "2026-11-10"


def test_another_day_shows_its_dates_and_writes_nothing(
    teacher: FlaskClient, offer: str, cast: Cast, session: Session
) -> None:
    answer = press(teacher, offer, {"opens": "2027-01-11", "do": "preview"})
    assert answer.status_code == 200
    assert "2027-01-11T08:00-06:00" in answer.text
    none = press(teacher, offer, {"opens": "", "do": "preview"})
    assert "The copy has no dates." in none.text
    assert copies(session, cast) == []


@pytest.mark.parametrize("opens", ["soon", "0001-01-01", "2199-01-01", "2027-02-30"])
def test_a_day_that_is_none_is_said_and_kept_as_typed(
    teacher: FlaskClient, offer: str, cast: Cast, session: Session, link_id: str, opens: str
) -> None:
    answer = press(teacher, offer, {"opens": opens, "link": link_id, "do": "copy"})
    assert answer.status_code == 422
    shown = page(answer)
    assert shown.select_one("[role=alert]")
    assert [shown.select(f"[name={name}]")[0]["value"] for name in ("opens", "link")] == [opens, link_id]
    assert copies(session, cast) == []


def test_the_other_ways_out_are_on_the_page(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, link_id: str, activity_id: int, session: Session
) -> None:
    shown = page(teacher.get(f"{offer}?link={link_id}"))
    new = shown.select_one(f'a[href="/courses/{cast.course_id}/activities/new?link={link_id}"]')
    assert new is not None
    assert new.get_text() == "Design something new for this link"
    use = shown.select_one(f'form[action="/activities/{activity_id}/placements"]')
    assert use is not None
    done = press(teacher, f"/activities/{activity_id}/placements", {"link": link_id})
    assert done.status_code == 303
    placed = select(Placement.activity_id).where(Placement.resource_link_id == int(link_id))
    assert session.scalar(placed) == activity_id
    assert "activities/new" not in teacher.get(offer).text.split('id="copy"')[1].split("</form>")[0]


# What is made


def test_the_press_makes_a_draft_behind_the_link(
    teacher: FlaskClient, offer: str, cast: Cast, session: Session, link_id: str, origin_id: int
) -> None:
    answer = press(teacher, offer, {"opens": "2027-01-11", "link": link_id, "do": "copy"})
    (copy,) = copies(session, cast)
    assert (answer.status_code, answer.location) == (303, f"/activities/{copy.id}/design")
    assert (copy.title, copy.published_at, copy.created_by_id) == ("Old maps", None, cast.teacher.id)
    assert copy.key != session.get_one(Activity, origin_id).key
    assert copy.opens == at(CHICAGO, 2027, 1, 11, 8, 0)
    assert copy.work_due == at(CHICAGO, 2027, 1, 29, 23, 59)
    assert [option.title for option in copy.options] == ["Field poster", "Data story"]
    (placed,) = session.scalars(select(Placement).where(Placement.activity_id == copy.id))
    assert placed.resource_link_id == int(link_id)
    assert session.scalar(select(func.count()).select_from(Choice).where(Choice.activity_id == copy.id)) == 0
    assert "Copied as a draft." in teacher.get(answer.location).text


def test_published_with_one_more_press(teacher: FlaskClient, offer: str, cast: Cast, session: Session) -> None:
    press(teacher, offer, {"opens": "2027-01-11", "do": "copy"})
    (copy,) = copies(session, cast)
    design = f"/activities/{copy.id}/design"
    assert teacher.post(design, data=typed(form_of(teacher.get(design)), {}, do="publish")).status_code == 303
    (copy,) = copies(session, cast)
    assert copy.published_at == NOON
    assert {c.student_id for c in session.scalars(select(Choice).where(Choice.activity_id == copy.id))} == {
        cast.student.id,
        cast.classmate.id,
    }


def test_the_dates_are_on_this_course_s_wall_clock(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session
) -> None:
    with writing(app):
        db.session.get_one(Course, cast.course_id).zone = "Asia/Kathmandu"
    press(teacher, offer, {"opens": "2027-01-11", "do": "copy"})
    (copy,) = copies(session, cast)
    assert copy.opens == at(KATHMANDU, 2027, 1, 11, 8, 0)
    assert copy.work_due == at(KATHMANDU, 2027, 1, 29, 23, 59)


def test_without_a_day_it_has_no_dates(teacher: FlaskClient, offer: str, cast: Cast, session: Session) -> None:
    press(teacher, offer, {"opens": "", "do": "copy"})
    (copy,) = copies(session, cast)
    assert not any(vars(copy.dates).values())


def test_asked_again_it_is_the_same_one(
    teacher: FlaskClient, signed_in: SignedIn, offer: str, cast: Cast, session: Session, link_id: str
) -> None:
    for who, day in ((teacher, "2027-01-11"), (signed_in(cast.designer), "2027-02-15"), (teacher, "")):
        answer = press(who, offer, {"opens": day, "link": link_id, "do": "copy"})
        (copy,) = copies(session, cast)
        assert answer.location == f"/activities/{copy.id}/design"
    assert copy.opens == at(CHICAGO, 2027, 1, 11, 8, 0)
    assert teacher.get(offer).location == answer.location
    assert press(teacher, offer, {"opens": "2027-03-01", "do": "preview"}).location == answer.location


def test_a_link_that_has_an_activity_is_not_taken_from_it(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session, activity_id: int
) -> None:
    taken = session.scalars(select(Placement).where(Placement.activity_id == activity_id)).one().resource_link_id
    answer = press(teacher, offer, {"opens": "", "link": str(taken), "do": "copy"})
    assert answer.status_code == 409
    assert "opens “Energy in our pond” already" in answer.text
    assert len(copies(session, cast)) == 1


def test_a_link_of_another_course_is_not_here(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session, origin_id: int
) -> None:
    theirs = session.scalars(select(Placement).where(Placement.activity_id == origin_id)).one().resource_link_id
    for link in (str(theirs), "999999"):
        assert press(teacher, offer, {"opens": "", "link": link, "do": "copy"}).status_code == 404
    assert copies(session, cast) == []


def test_changed_since_it_is_copied_as_it_is_now(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session, origin_id: int
) -> None:
    with writing(app):
        origin = db.session.get_one(Activity, origin_id)
        origin.title, origin.typed = "Older maps", {"fields": [["title", "Not published"]]}
        origin.drop_option(origin.options[1], NOON)
    press(teacher, offer, {"opens": "2027-01-11", "do": "copy"})
    (copy,) = copies(session, cast)
    assert (copy.title, [option.title for option in copy.options]) == ("Older maps", ["Field poster"])


def test_of_a_course_that_never_published_it_the_draft_is_offered(
    app: Flask, teacher: FlaskClient, cast: Cast, session: Session
) -> None:
    with writing(app):
        draft = make_activity(
            cast.other_course_id, cast.other_teacher.id, "Not yet", published=False, opens=None, work_due=None
        )
        address = _offer(cast, draft)
    assert "This activity has no dates yet." in teacher.get(address).text
    press(teacher, address, {"opens": "2027-01-11", "do": "copy"})
    (copy,) = copies(session, cast)
    assert copy.title == "Not yet"


# The rest of that course


def test_the_other_activities_come_too_as_far_apart_as_they_were(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session, song_id: int
) -> None:
    with writing(app):
        make_activity(cast.other_course_id, cast.other_teacher.id, "Not shown", published=False)
    shown = page(teacher.get(offer))
    assert "Copy the one other activity of that course too" in shown.get_text(" ", strip=True)
    assert "Not shown" not in shown.get_text()
    box = shown.select_one("input[type=checkbox][name=others]")
    assert box is not None
    assert box.has_attr("checked")
    answer = press(teacher, offer, {"opens": "2027-01-11", "others": ["no", "yes"], "do": "copy"})
    maps, songs = copies(session, cast)
    assert (maps.title, songs.title) == ("Old maps", "Old songs")
    assert songs.opens == at(CHICAGO, 2027, 1, 18, 8, 0)
    assert songs.work_due == at(CHICAGO, 2027, 2, 5, 23, 59)
    assert songs.published_at is None
    assert "this one and one more" in teacher.get(answer.location).text
    course, key = session.get_one(Course, cast.course_id), session.get_one(Activity, song_id).key
    with app.app_context():
        found = course_copy.named(db.session.get_one(Course, course.id), key)
        assert found is not None
        assert found.id == songs.id


def test_unticked_they_stay(teacher: FlaskClient, offer: str, cast: Cast, session: Session, song_id: int) -> None:
    press(teacher, offer, {"opens": "2027-01-11", "others": "no", "do": "copy"})
    assert [copy.title for copy in copies(session, cast)] == ["Old maps"]
    assert song_id


def test_what_was_copied_is_not_offered_twice(
    app: Flask, teacher: FlaskClient, offer: str, cast: Cast, session: Session, song_id: int
) -> None:
    with writing(app):
        other = _offer(cast, song_id)
    press(teacher, other, {"opens": "2027-01-11", "others": "no", "do": "copy"})
    assert "The rest of that course" not in teacher.get(offer).text
    press(teacher, offer, {"opens": "2027-01-11", "others": "yes", "do": "copy"})
    assert [copy.title for copy in copies(session, cast)] == ["Old songs", "Old maps"]


# Who


@pytest.mark.parametrize("who", ["assistant", "student", "observer", "other_teacher", "other_school_teacher"])
def test_nobody_else_sees_or_starts_it(signed_in: SignedIn, offer: str, cast: Cast, session: Session, who: str) -> None:
    browser = signed_in(getattr(cast, who))
    assert browser.get(offer).status_code == 403
    assert press(browser, offer, {"opens": "", "do": "copy"}).status_code == 403
    assert copies(session, cast) == []


def test_where_only_the_asker_proved_it_a_colleague_does_not_see_it(
    app: Flask, signed_in: SignedIn, offer: str, cast: Cast, session: Session
) -> None:
    session.scalars(select(CopyOffer)).one().proven = False
    session.flush()
    with writing(app):
        there = Person(course_id=cast.other_course_id, user_id=cast.teacher.user_id, role="teacher", roles=["teacher"],
                       full_name="Adaeze Okafor", first_seen_at=NOON)  # fmt: skip
        db.session.add(there)
    assert signed_in(cast.teacher).get(offer).status_code == 200
    assert signed_in(cast.designer).get(offer).status_code == 403
    assert press(signed_in(cast.designer), offer, {"opens": "", "do": "copy"}).status_code == 403
    assert copies(session, cast) == []


# Where a course comes from


def test_ancestors_are_of_one_platform_the_nearest_first(app: Flask, cast: Cast) -> None:
    with writing(app):
        here, history = (db.session.get_one(Course, n) for n in (cast.course_id, cast.other_course_id))
        platform = db.session.get_one(Context, here.context_id).platform
        older = make_course(platform, "older", "Older")
        told = make_course(platform, "told", "Told by a notice")
        at = {"platform_id": platform.id, "told_at": NOON}
        db.session.add_all(
            [
                ContextOrigin(context_id="bio-9b", origin_id="told", **at),
                ContextOrigin(context_id="bio-9b", origin_id="older", **at),
            ]
        )
        db.session.flush()
        assert ancestors(here, ["older", "hist-8a", "truncated", ""]) == [older, history, told]
        assert set(ancestors(here, [])) == {older, told}
        elsewhere = db.session.get_one(Person, cast.other_school_teacher.id).course
        assert ancestors(elsewhere, ["older", "hist-8a", "told", "bio-9b"]) == []


# At the same moment


@pytest.mark.usefixtures("song_id")
def test_two_at_once_make_one_copy_of_each(
    app: Flask,
    signed_in: SignedIn,
    offer: str,
    cast: Cast,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    song_id: int,
) -> None:
    with writing(app):
        other = _offer(cast, song_id)

    def slow(*given: Any) -> Activity:
        sleep(0.1)
        return copy_into(*given)

    monkeypatch.setattr(course_copy, "copy_into", slow)
    form = {"opens": "2027-01-11", "others": "yes", "do": "copy"}
    who = [cast.teacher, cast.designer]
    presses = [(signed_in(one), address) for one in who for address in (offer, other)]
    barrier = Barrier(len(presses))

    def go(client: FlaskClient, address: str) -> int:
        barrier.wait()
        return press(client, address, form).status_code

    with ThreadPoolExecutor(len(presses)) as pool:
        started = [pool.submit(copy_context().run, go, client, address) for client, address in presses]
        assert [future.result(timeout=60) for future in started] == [303] * 4
    assert sorted(copy.title for copy in copies(session, cast)) == ["Old maps", "Old songs"]


# The day to begin with


def a_course(zone: str) -> Course:
    return Course(id=1, zone=zone)


def test_a_day_counts_on_the_copied_course_s_calendar() -> None:
    source = Activity(course=a_course("America/Chicago"), opens=NOON, work_due=NOON + timedelta(days=20))
    begins = datetime(2027, 1, 10, 18, 15, tzinfo=UTC)  # midnight in Kathmandu
    assert day_for(source, a_course("Asia/Kathmandu"), Said(begins_at=begins), NOON) == date(2027, 1, 11)
    assert day_for(source, a_course("America/Chicago"), Said(begins_at=begins), NOON) == date(2027, 1, 10)
    assert day_for(source, a_course("Asia/Kathmandu"), Said(due_at=begins), NOON) == date(2026, 12, 22)


def test_a_due_date_says_nothing_of_an_activity_without_dates() -> None:
    source = Activity(course=a_course("UTC"), opens=None, work_due=None)
    assert day_for(source, a_course("UTC"), Said(due_at=NOON + timedelta(days=90)), NOON) == NOON.date()

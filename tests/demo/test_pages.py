"""The school's own pages: who sees what, grades by hand, and the clock."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

import demo
from demo.base import Role
from demo.clock import read_offset, write_offset
from demo.store import Activity, Column
from tests.demo.riverbend import BIOLOGY, HISTORY, Riverbend

TOOL_ROOMS = {"engine", "lti", "personalization", "ui", "app", "pylti1p3"}


def _imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_the_school_shares_no_code_with_the_tool() -> None:
    files = list(Path(str(demo.__file__)).parent.rglob("*.py"))
    assert len(files) > 20
    assert {file.name: found for file in files if (found := _imports(file) & TOOL_ROOMS)} == {}


def test_a_file_is_sent_whole_and_once(riverbend: Riverbend) -> None:
    address = f"{riverbend.url}/static/lms.css"
    kept = (Path(str(demo.__file__)).parent / "static" / "lms.css").read_bytes()
    first = requests.get(address, timeout=5)
    assert (first.status_code, first.content) == (200, kept)
    some = requests.get(address, headers={"Range": "bytes=0-9"}, timeout=5)
    assert (some.status_code, some.content) == (206, kept[:10])
    again = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=5)
    assert (again.status_code, again.content) == (304, b"")
    with riverbend.app.test_request_context("/static/lms.css"):
        unread = riverbend.app.full_dispatch_request()
    assert not unread.direct_passthrough  # no file is left open, whoever goes away before it is sent


def test_everybody_can_be_picked_on_the_front_page(riverbend: Riverbend) -> None:
    page = requests.get(riverbend.url, timeout=5).text
    for name in ("Amara Diallo", "Linh Phạm", "Adaeze Okafor", "Bo Lind", "Layla Haddad", "Test Student", "Ines Okoro"):
        assert f">{name}</button>" in page
    assert page.count('aria-label="Be ') == 36 + 35 + 33


def test_signing_in_leads_to_the_course(riverbend: Riverbend) -> None:
    browser = requests.Session()
    form = {"person": str(riverbend.person("Linh Phạm").id), "course": str(BIOLOGY)}
    page = browser.post(f"{riverbend.url}/sign-in", data=form, timeout=5)
    assert page.url == f"{riverbend.url}/courses/{BIOLOGY}"
    assert "riverbend_session" in browser.cookies
    browser.post(f"{riverbend.url}/sign-out", timeout=5)
    assert browser.get(page.url, timeout=5).status_code == 403


@pytest.mark.parametrize("person", ["", "0", "x"])
def test_nobody_else_can_be_signed_in(riverbend: Riverbend, person: str) -> None:
    assert requests.post(f"{riverbend.url}/sign-in", data={"person": person}, timeout=5).status_code == 400


def test_a_form_of_the_tool_s_origin_does_nothing_here(riverbend: Riverbend) -> None:
    form = {"person": str(riverbend.person("Adaeze Okafor").id)}
    headers = {"Origin": riverbend.tool.url}
    assert requests.post(f"{riverbend.url}/sign-in", data=form, headers=headers, timeout=5).status_code == 403
    headers = {"Origin": riverbend.url}
    answer = requests.post(f"{riverbend.url}/sign-in", data=form, headers=headers, timeout=5)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["", "/people", "/grades", "/choose", "/tool"])
def test_strangers_see_no_page_of_a_course(riverbend: Riverbend, path: str) -> None:
    stranger = riverbend.browser(riverbend.one_with(Role.STUDENT, HISTORY))
    assert stranger.get(f"{riverbend.url}/courses/{BIOLOGY}{path}", timeout=5).status_code == 403
    assert requests.get(f"{riverbend.url}/courses/{BIOLOGY}{path}", timeout=5).status_code == 403


def test_students_see_their_own_grades_and_observers_their_child_s(riverbend: Riverbend) -> None:
    riverbend.add_activity()
    address = f"{riverbend.url}/courses/{BIOLOGY}/grades"
    for who in (riverbend.person("Noor Haddad"), riverbend.person("Layla Haddad")):
        page = riverbend.browser(who).get(address, timeout=5).text
        assert "Noor Haddad" in page.partition("<tbody>")[2]
        assert "Linh Phạm" not in page
        assert "Save" not in page


def test_only_graders_grade(riverbend: Riverbend) -> None:
    riverbend.add_activity()
    with riverbend.session() as session:
        column = session.query(Column).order_by(Column.id.desc()).first()
        assert column
        address = f"{riverbend.url}/columns/{column.id}"
    student = riverbend.one_with(Role.STUDENT)
    for role, status in ((Role.STUDENT, 403), (Role.DESIGNER, 403), (Role.ASSISTANT, 200), (Role.TEACHER, 200)):
        browser = riverbend.browser(riverbend.one_with(role))
        answer = browser.post(f"{address}/grades/{student.id}", data={"score": "3"}, timeout=5)
        assert answer.status_code == status, role
    for wrong in ("17", "-1", "many", "nan"):
        refused = riverbend.teacher().post(f"{address}/grades/{student.id}", data={"score": wrong}, timeout=5)
        assert refused.status_code == 400, wrong
    assert riverbend.browser(student).post(f"{address}/deletion", timeout=5).status_code == 403


def test_a_deleted_column_is_gone_and_its_activity_stays(riverbend: Riverbend) -> None:
    number = riverbend.add_activity()
    with riverbend.session() as session:
        column = session.get_one(Activity, number).columns[0].id
    assert riverbend.teacher().post(f"{riverbend.url}/columns/{column}/deletion", timeout=5).status_code == 200
    claims = riverbend.claims(riverbend.teacher(), f"/activities/{number}/launch")
    assert "lineitem" not in claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]


def test_a_deleted_column_s_address_never_comes_again(riverbend: Riverbend) -> None:
    number = riverbend.add_activity()
    with riverbend.session() as session:
        gone = session.get_one(Activity, number).columns[0].id
    assert riverbend.teacher().post(f"{riverbend.url}/columns/{gone}/deletion", timeout=5).status_code == 200
    with riverbend.session() as session:
        assert session.get_one(Activity, riverbend.add_activity()).columns[0].id > gone


@pytest.mark.parametrize("form", [{"title": ""}, {"title": "x" * 256}, {"title": "x", "points": "0"}, {"points": "5"}])
def test_a_link_needs_a_name_and_whole_points(riverbend: Riverbend, form: dict[str, str]) -> None:
    address = f"{riverbend.url}/courses/{BIOLOGY}/links"
    assert riverbend.teacher().post(address, data=form, timeout=5).status_code == 400


def test_dates_are_the_course_s_local_time(riverbend: Riverbend) -> None:
    number = riverbend.add_activity()
    form = {"opens_at": "", "due_at": "2026-12-01T18:00", "locks_at": "2026-12-02T18:00"}
    address = f"{riverbend.url}/activities/{number}/dates"
    assert riverbend.teacher().post(address, data=form, timeout=5).status_code == 200
    with riverbend.session() as session:
        activity = session.get_one(Activity, number)
        assert (activity.opens_at, activity.due_at) == (None, datetime(2026, 12, 2, tzinfo=UTC))
    assert riverbend.teacher().post(address, data={"due_at": "soon"}, timeout=5).status_code == 400


@pytest.mark.parametrize(("text", "seconds"), [("+86400\n", 86400), ("-60", -60), ("", 0), ("half writ", 0)])
def test_the_clock_file_is_read_as_the_tool_reads_it(tmp_path: Path, text: str, seconds: int) -> None:
    (tmp_path / "clock").write_text(text)
    assert read_offset(tmp_path / "clock") == timedelta(seconds=seconds)
    assert read_offset(tmp_path / "absent") == timedelta()


def test_the_clock_file_holds_a_signed_number_or_nothing(tmp_path: Path) -> None:
    for seconds, text in ((3600, "+3600\n"), (-5, "-5\n"), (0, "")):
        write_offset(tmp_path / "clock", timedelta(seconds=seconds))
        assert (tmp_path / "clock").read_text() == text


def test_the_clock_control_moves_the_tool_s_time(riverbend: Riverbend) -> None:
    address = f"{riverbend.url}/clock"
    for step in ("hour", "day", "week"):
        assert requests.post(address, data={"step": step}, timeout=5).status_code == 200
    assert (riverbend.folder / "clock").read_text() == f"+{3600 + 86400 + 7 * 86400}\n"
    page = requests.post(address, data={"to": "2030-01-02T08:00"}, timeout=5).text
    assert 'datetime="2030-01-02T08:00' in page or 'datetime="2030-01-02T07:59' in page
    assert requests.post(address, data={"to": "later"}, timeout=5).status_code == 400
    requests.post(address, data={"step": "now"}, timeout=5)
    assert (riverbend.folder / "clock").read_text() == ""

"""Every step of a history is a sentence to each who reads it; no verb is noted that has none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from personalization.choice.model import Event, Way
from personalization.notice import phrases
from personalization.notice.phrases import BY_RULE, BY_STAFF, BY_STUDENT, ICONS, TOLD_STAFF, TOLD_STUDENT
from personalization.notice.sentences import sentence
from personalization.people.model import Course, Person, Role
from personalization.proposal.model import Outcome
from tests.cast import NOON
from ui.assets import icons

ROOT = Path(__file__).parents[3]
# How a verb is written that is no literal: what it is a value of.
WORDS: dict[str, type[StrEnum]] = {"way.value": Way, "outcome.value": Outcome}
VARIANTS = {"handed in late", "expired in silence"} | {v for v in BY_RULE if v.startswith(("placed by", "reminded of"))}

pytestmark = pytest.mark.one_database


@pytest.fixture(autouse=True)
def _request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def person(number: int, name: str, role: Role) -> Person:
    given = name.partition(" ")[0]
    course = Course(id=1, title="Biology 9B", zone="America/Chicago", lms="canvas")
    return Person(id=number, full_name=name, given_name=given, role=role, course=course, course_id=1)


AMARA, OKAFOR = person(1, "Amara Diallo", Role.STUDENT), person(2, "Ms. Okafor", Role.TEACHER)
ITO, OLU = person(3, "Ben Ito", Role.ASSISTANT), person(4, "Olu Diallo", Role.OBSERVER)
DETAIL = {
    "title": "A card game",
    "option": "Data story",
    "reason": "How will I see the energy?",
    "until": "2026-11-20T23:59:00+00:00",
    "dates": {"work_due": "2026-12-04T23:59:00+00:00", "pick_by": "2026-11-27T23:59:00+00:00"},
}


def said(verb: str, by: Person | None, reader: Person, **detail: Any) -> str:
    return sentence(event(verb, by, **detail), AMARA, reader, {}).words


def event(verb: str, by: Person | None, **detail: Any) -> Event:
    return Event(verb=verb, by=by, by_id=by.id if by else None, at=NOON, detail=detail)


def noted() -> set[str]:
    """Every verb that code of the domain notes, wherever it does."""
    verbs: set[str] = set()
    unknown: set[str] = set()
    for path in (ROOT / "personalization").rglob("*.py"):
        tree = ast.parse(path.read_text())
        for call in calls(tree, "note"):
            if is_elsewhere(call):
                continue
            found = words_of(call.args[0], tree)
            verbs |= found
            if not found:
                unknown.add(f"{path.relative_to(ROOT)}: {ast.unparse(call)}")
    assert unknown == set(), "these verbs cannot be read from the code: name their words in WORDS"
    return verbs


def is_elsewhere(call: ast.Call) -> bool:
    """Noted in the log of who did what, or an event that a choice noted already, for others that stand alike."""
    if isinstance(call.func, ast.Name):
        return True
    holder = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(holder, ast.Name) and holder.id in {"audit", "log"}


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if ast.unparse(call.func).rpartition(".")[2] == name]


def words_of(verb: ast.expr, tree: ast.AST) -> set[str]:
    """The verbs that an expression can be: a literal, one of two, a word of an enum, what a helper is called with."""
    if isinstance(verb, ast.Constant) and isinstance(verb.value, str):
        return {verb.value}
    if isinstance(verb, ast.IfExp):
        return words_of(verb.body, tree) | words_of(verb.orelse, tree)
    if ast.unparse(verb) in WORDS:
        return {word.value for word in WORDS[ast.unparse(verb)]}
    if isinstance(verb, ast.Name):
        helpers = [
            f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and verb.id in [a.arg for a in f.args.args]
        ]
        given = [arg for f in helpers for call in calls(tree, f.name) for arg in call.args]
        return {a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return set()


def test_every_verb_that_is_noted_is_a_sentence() -> None:
    verbs = noted()
    assert len(verbs) > 20
    assert verbs - (set(BY_STUDENT) | set(BY_STAFF) | set(BY_RULE)) == set()
    assert max(map(len, verbs)) <= 40


def test_every_verb_has_an_icon_that_exists() -> None:
    verbs = (set(BY_STUDENT) | set(BY_STAFF) | set(BY_RULE)) - VARIANTS
    assert verbs - set(ICONS) == set()
    assert set(ICONS.values()) <= set(icons())


def test_who_is_told_is_told_of_verbs_that_there_are() -> None:
    known = set(BY_STUDENT) | set(BY_STAFF) | set(BY_RULE)
    assert known >= TOLD_STUDENT
    assert known >= TOLD_STAFF


@pytest.mark.parametrize("detail", [DETAIL, {}], ids=["whole", "as an older version noted it"])
@pytest.mark.parametrize(
    ("table", "by"), [("BY_STUDENT", AMARA), ("BY_STAFF", OKAFOR), ("BY_RULE", None)], ids=["student", "staff", "rule"]
)
def test_each_reads_as_a_sentence_to_each(table: str, by: Person | None, detail: dict[str, Any]) -> None:
    for verb in vars(phrases)[table]:
        if verb in VARIANTS:
            continue
        for reader in (AMARA, OKAFOR, ITO, OLU):
            words = said(verb, by, reader, **detail)
            assert re.search(r"[.:]$", words), words
            assert words[0].isupper(), words
            assert not re.search(r"%\(|None|  |\bYou’s", words), words
            if reader is not AMARA:
                assert "Amara" in words or by is AMARA, words
                assert "your" not in words.replace("your default", ""), words


@pytest.mark.parametrize(
    ("verb", "by", "reader", "detail", "words"),
    [
        ("ask for revision", OKAFOR, AMARA, DETAIL,
         "Ms. Okafor asked you to change one thing in the idea “A card game”. Your idea stays."),
        ("ask for revision", OKAFOR, ITO, DETAIL,
         "Ms. Okafor asked Amara to change one thing in the idea “A card game”."),
        ("ask for revision", OKAFOR, OKAFOR, {}, "You asked Amara to change one thing in the idea."),
        ("sent idea", AMARA, AMARA, {"title": "100 % wool"}, "You sent the idea “100 % wool”."),
        ("sent idea", AMARA, OLU, {"title": "%(name)s"}, "Amara sent the idea “%(name)s”."),
        ("picked", AMARA, OKAFOR, DETAIL, "Amara picked Data story."),
        ("handed in", AMARA, AMARA, {"late": True}, "You handed in your work, after its date."),
        ("handed in", AMARA, AMARA, {"late": False}, "You handed in your work."),
        ("placed", None, AMARA, {"rule": "plan b", "option": "Data story"},
         "Time ran out. Your plan B started: Data story. Nothing is lost."),
        ("placed", None, OKAFOR, {"rule": "least filled", "option": "Data story"},
         "Time ran out for Amara, who goes on with the way with the most places free: Data story."),
        ("placed", None, OKAFOR, {"rule": "a rule of next year", "option": "Data story"},
         "Amara goes on with Data story."),
        ("placed", OKAFOR, AMARA, DETAIL, "Ms. Okafor settled your way: Data story."),
        ("expired", None, AMARA, {"rule": "silence", "title": "A card game"},
         "No answer to the idea “A card game” came in time. That is not your fault; the text is kept, and it costs "
         "nothing."),
        ("unanswered", None, AMARA, DETAIL,
         "The idea “A card game” is still without an answer. It stays with your teacher; you may pick a way instead."),
        ("reminded", None, AMARA, {"date": "work_due"}, "Your hand-in date is near."),
        ("100 % new", OKAFOR, AMARA, {}, "100 % new"),
    ],
)  # fmt: skip
def test_as_a_person_would_say_it(
    verb: str, by: Person | None, reader: Person, detail: dict[str, Any], words: str
) -> None:
    assert said(verb, by, reader, **detail) == words


def test_the_reason_goes_with_it_and_older_events_find_theirs() -> None:
    assert sentence(event("send back", OKAFOR, **DETAIL), AMARA, AMARA, {}).quote == "How will I see the energy?"
    older = event("send back", OKAFOR)
    assert sentence(older, AMARA, AMARA, {("send back", NOON): "Too near to Noor’s."}).quote == "Too near to Noor’s."
    elsewhere = {("send back", NOON + timedelta(seconds=1)): "Another one."}
    assert sentence(older, AMARA, AMARA, elsewhere).quote == ""
    assert sentence(event("message", OKAFOR, text="See me."), AMARA, AMARA, {}).quote == "See me."


def test_dates_come_in_their_order_and_broken_ones_are_left_out() -> None:
    given = sentence(event("extended", OKAFOR, **DETAIL), AMARA, AMARA, {})
    assert [name for name, _moment in given.dates] == ["Way settled", "Hand in"]
    assert given.until is not None
    odd = {"dates": {"work_due": "soon", "pick_by": None, "a new date": "2026-11-27T00:00:00+00:00"}, "until": 7}
    shown = sentence(event("extended", OKAFOR, **odd), AMARA, AMARA, {})
    assert [name for name, _moment in shown.dates] == ["a new date"]
    assert shown.until is None
    assert sentence(event("extended", OKAFOR, dates=["x"]), AMARA, AMARA, {}).dates == []

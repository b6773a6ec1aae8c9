"""A class that sent its ideas overnight: written into the demo's database by the tool's own verbs, since forty of them
by browser would take minutes and show nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from flask import Flask
from sqlalchemy import Engine, select

from app import create_app
from demo.run import Demo
from engine import clock
from engine.config import Config
from engine.db import db
from personalization.activity.model import Activity
from personalization.choice.model import Choice
from personalization.people.model import Person
from personalization.proposal.model import Decision, Proposal, Words
from personalization.proposal.starting import begin_idea

FORMS = ("podcast", "board game", "comic", "letter to the mayor", "clay model")
ABOUT = ("the heron’s menu", "lost heat", "algae in May", "a dragonfly’s day")


@contextmanager
def inside(demo: Demo) -> Iterator[None]:
    """The tool's code on the demo's database, beside the running tool."""
    app: Flask = create_app(replace(Config.from_env(demo.environment()), testing=True))
    with app.app_context():
        yield
        engine: Engine = db.engine
    engine.dispose()


def send_ideas(demo: Demo, activity: str, count: int) -> list[str]:
    """So many students of the class send an idea each; what they call them, in the order they came."""
    titles = []
    with inside(demo):
        shown = db.session.scalars(select(Activity).where(Activity.title == activity)).one()
        classmates = select(Choice).join(Choice.student).where(Choice.activity_id == shown.id, ~Person.is_test)
        for number, choice in enumerate(db.session.scalars(classmates.order_by(Person.id).limit(count)).all()):
            form, about = FORMS[number % len(FORMS)], ABOUT[number // len(FORMS) % len(ABOUT)]
            titles.append(f"{activity}: a {form} on {about}")
            _send(choice, titles[-1], form, clock.now())
        db.session.commit()
    return titles


def _send(choice: Choice, title: str, form: str, now: datetime) -> None:
    idea = begin_idea(choice, [], choice.student, now)
    db.session.add(idea)
    criteria = choice.activity.criteria
    lines = {c.key: f"{c.name} is in the middle of the {form}." for c in criteria}
    idea.submit(Words(title, f"I make a {form}. It tells {title}.", lines=lines), criteria, choice.student, now)


def decisions_on(demo: Demo, titles: list[str]) -> dict[str, list[tuple[str, str, str]]]:
    """{title of an idea: [(outcome, words, who) of each decision on it]}."""
    with inside(demo):
        found: dict[str, list[tuple[str, str, str]]] = {title: [] for title in titles}
        query = select(Decision, Proposal).join(Proposal, Proposal.id == Decision.proposal_id).order_by(Decision.id)
        for decision, idea in db.session.execute(query):
            if idea.title in found:
                found[idea.title].append((decision.outcome.value, decision.reason, decision.by.name))
        return found

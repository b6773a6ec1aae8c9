"""Riverbend School under test, and what people do there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.base import Role
from demo.store import Course, Enrolment, Person
from tests.demo.stand_in import DEEP_LINKING, StandInTool, activity_item, form_of

BIOLOGY, EMPTY_BIOLOGY, HISTORY = 1, 2, 3


@dataclass
class Riverbend:
    """The school under test, its tool, and what people do there. `folder` holds its state and the clock's file."""

    url: str
    app: Flask
    tool: StandInTool
    folder: Path

    def issuer(self, manner: str = "canvas") -> str:
        return f"{self.url}/{manner}"

    def session(self) -> Session:
        return Session(self.app.extensions["riverbend"].engine)

    def person(self, name: str) -> Person:
        with self.session() as session:
            first, _, last = name.partition(" ")
            return session.scalars(
                select(Person).where(Person.given_name == first, Person.family_name == last)
            ).first() or pytest.fail(f"nobody is called {name}")

    def one_with(self, role: Role, course_id: int = BIOLOGY) -> Person:
        with self.session() as session:
            found = select(Person).join(Enrolment, Enrolment.person_id == Person.id)
            return session.scalars(
                found.where(Enrolment.role == role, Enrolment.course_id == course_id).order_by(Enrolment.id)
            ).first() or pytest.fail(f"no {role} in course {course_id}")

    def browser(self, person: Person | None = None) -> requests.Session:
        browser = requests.Session()
        if person:
            form = {"person": str(person.id)}
            answer = browser.post(f"{self.url}/sign-in", data=form, timeout=5, allow_redirects=False)
            assert answer.status_code == 303
        return browser

    def teacher(self) -> requests.Session:
        return self.browser(self.person("Adaeze Okafor"))

    def login(self, browser: requests.Session, path: str) -> tuple[str, dict[str, str]]:
        """The login initiation that a launch address answers: the tool's login URL and the fields for it."""
        page = browser.get(f"{self.url}{path}", timeout=5)
        assert page.status_code == 200, page.text
        return form_of(page.text)

    def authenticate(
        self, browser: requests.Session, login: dict[str, str], **changes: str | None
    ) -> requests.Response:
        endpoint = self.tool.registered[login["iss"]].configuration["authorization_endpoint"]
        return browser.get(endpoint, params=self.tool.authentication_request(login, **changes), timeout=5)

    def claims(self, browser: requests.Session, path: str) -> dict[str, Any]:
        """What the tool learns from a launch, signature and receiver proved."""
        _, login = self.login(browser, path)
        action, fields = form_of(self.authenticate(browser, login).text)
        assert action == f"{self.tool.url}/lti/launch"
        return self.tool.read(fields["id_token"])

    def reply(
        self, browser: requests.Session, course_id: int, *items: dict[str, Any], **changes: Any
    ) -> requests.Response:
        """A deep-linking dialogue from its beginning to the tool's reply."""
        claims = self.claims(browser, f"/courses/{course_id}/choose/launch")
        back = claims[f"{DEEP_LINKING}deep_linking_settings"]["deep_link_return_url"]
        jwt = self.tool.deep_linking_reply(claims["iss"], list(items), **changes)
        return browser.post(back, data={"JWT": jwt}, timeout=5)

    def add_activity(self, course_id: int = BIOLOGY, **changes: Any) -> int:
        """The number of a new deep-linked activity with a column."""
        answer = self.reply(self.teacher(), course_id, activity_item(self.tool.url, **changes))
        assert answer.status_code == 200, answer.text
        with self.session() as session:
            return session.get_one(Course, course_id).activities[-1].id

    def line_item(self, activity_id: int) -> str:
        claims = self.claims(self.teacher(), f"/activities/{activity_id}/launch")
        return str(claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"])

    def invite(self, manner: str, way: str = "new") -> str:
        """A registration page of the school, opened by its administrator."""
        page = self.browser(self.person("Ines Okoro")).post(
            f"{self.url}/tools",
            data={"registration_url": f"{self.tool.url}/lti/register?invite=i1", "manner": manner, "way": way},
            timeout=5,
        )
        assert page.status_code == 200
        return page.url

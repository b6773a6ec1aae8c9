"""A browser that shows the tool in the LMS's frame, step by step."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.lti.platform import TOOL, Lms

FRAME = {"Sec-Fetch-Dest": "iframe"}
TARGET = "post_message_forwarding"
OUR_PAGE = {"Origin": TOOL, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe"}
FOREIGN = {"Origin": "https://attacker.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}


def begin(client: FlaskClient, lms: Lms, **more: Any) -> TestResponse:
    """The LMS posts its login into the frame."""
    form = {"iss": lms.issuer, "login_hint": "h", "client_id": lms.client_id, "lti_message_hint": "once", **more}
    return client.post("/lti/login", data=form, headers=FRAME, base_url=TOOL)


def withheld(client: FlaskClient, lms: Lms, **more: Any) -> TestResponse:
    """What a browser that keeps no cookies ends up with."""
    return client.get(begin(client, lms, **more).location, headers=FRAME, base_url=TOOL)


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def errand(answer: TestResponse) -> Tag:
    """What the page's script is to do in the LMS's page."""
    form = soup(answer).select_one("form[data-subject]")
    assert form is not None, answer.text
    return form


def window_link(answer: TestResponse) -> str:
    link = soup(answer).select_one("a[target=_blank]")
    assert link is not None, answer.text
    return str(link["href"])


def asked_of(lms_address: str) -> dict[str, str]:
    """The authentication request in an address of the LMS's."""
    return {name: values[0] for name, values in parse_qs(urlsplit(lms_address).query).items()}


def who(client: FlaskClient) -> list[str]:
    """Whom the tool takes this browser for."""
    found: list[str] = client.get("/who", base_url=TOOL).get_json()["subs"]
    return found


class Kept:
    """A login whose secret lies in the LMS's page."""

    def __init__(self, client: FlaskClient, lms: Lms, **more: Any) -> None:
        self.client, self.lms = client, lms
        form = errand(withheld(client, lms, lti_storage_target=TARGET, **more))
        self.key, self.proof = str(form["data-key"]), str(form["data-value"])
        self.asked = asked_of(str(form["data-onward"]))

    def form(self, claims: dict[str, Any] | None = None) -> dict[str, str]:
        """What the LMS posts to the launch address."""
        said = self.lms.claims() if claims is None else claims
        return {"state": self.asked["state"], "id_token": self.lms.sign({**said, "nonce": self.asked["nonce"]})}

    def launch(self, claims: dict[str, Any] | None = None, **more: str) -> TestResponse:
        """The launch with its proof, as our page posts it."""
        data = {**self.form(claims), "proof": self.proof, **more}
        return self.client.post("/lti/launch", data=data, headers=OUR_PAGE, base_url=TOOL)

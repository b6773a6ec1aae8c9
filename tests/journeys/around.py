"""Pages that show the tool inside, listen and answer: an attacker's, and an LMS's that keeps things itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from bs4 import BeautifulSoup
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.run import Demo
from demo.store import Course, Person
from tests.demo.stand_in import form_of

SECONDS = 30
# An attacker's: answers whatever it hears with SECRET, under the only numbers that it ever learns.
HOSTILE = """
  const say = (more) => source.postMessage({ message_id: data.message_id, ...more }, "*");
  const ways = ["lti.put_data", "lti.get_data"].map((subject) => ({ subject, frame: "_parent" }));
  say({ subject: "lti.capabilities.response", supported_messages: ways });
  for (const subject of ["lti.get_data.response", "lti.put_data.response"]) say({ subject, value: SECRET });
"""
# An LMS's whose page itself keeps things, as Canvas's does around its editor. It need not tell what it can.
HONEST = """
  if (data.subject !== "lti.put_data") return;
  source.postMessage({ ...data, subject: "lti.put_data.response" }, origin);
"""


@dataclass
class Around:
    """`answering` is what the page's script does with a message: `data`, `source`, `origin`."""

    answering: str
    secret: str
    url: str = ""
    page: str = ""

    def send_into_a_frame(self, method: str, address: str, fields: dict[str, str]) -> None:
        """What the page does when it is opened."""
        inputs = "".join(f'<input type=hidden name="{name}" value="{escape(value)}">' for name, value in fields.items())
        self.page = (
            f'<!doctype html><title>Around</title><iframe name="in"></iframe><form target="in" method="{method}"'
            f' action="{escape(address)}">{inputs}</form><script>const SECRET = {json.dumps(self.secret)};'
            "window.heard = []; addEventListener('message', ({ data, source, origin }) => {"
            f"window.heard.push(data.subject); {self.answering} }}); document.querySelector('form').submit();</script>"
        )


def launch_of(demo: Demo, name: str, course: str) -> tuple[dict[str, str], str]:
    """What an attacker gets for themself, without any trick: a launch not used yet, and the secret that proves it."""
    with Session(demo.school.engine) as session:
        given, _space, family = name.partition(" ")
        person = session.scalars(select(Person.id).filter_by(given_name=given, family_name=family)).one()
        number = session.scalars(select(Course.id).filter_by(title=course)).one()
    own = requests.Session()
    own.post(f"{demo.lms_url}/sign-in", data={"person": str(person)}, timeout=SECONDS)
    address, login = form_of(own.get(f"{demo.lms_url}/courses/{number}/tool/launch", timeout=SECONDS).text)
    framed = {"Sec-Fetch-Dest": "iframe"}
    probe = requests.post(address, data=login, headers=framed, timeout=SECONDS, allow_redirects=False)
    page = requests.get(demo.tool_url + probe.headers["Location"], headers=framed, timeout=SECONDS)
    errand = BeautifulSoup(page.text, "html.parser").select_one("form[data-subject]")
    assert errand is not None, page.text
    _address, launch = form_of(own.get(str(errand["data-onward"]), timeout=SECONDS).text)
    return launch, str(errand["data-value"])


@contextmanager
def serving(answering: str, secret: str = "") -> Iterator[Around]:
    """A server of such a page, on an origin of its own."""
    around = Around(answering, secret)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(around.page.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        around.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield around
        finally:
            server.shutdown()
            thread.join()

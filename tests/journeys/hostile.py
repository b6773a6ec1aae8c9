"""A page of an attacker's that shows the tool inside, listens, and answers as if it were the LMS's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
# Answers what it hears, and tells what it would like to be asked, with the only number it ever learns.
SCRIPT = """
window.heard = [];
addEventListener("message", ({ data, source }) => {
  window.heard.push(data);
  const say = (more) => source.postMessage({ message_id: data.message_id, ...more }, "*");
  const ways = ["lti.put_data", "lti.get_data"].map((subject) => ({ subject, frame: "_parent" }));
  say({ subject: "lti.capabilities.response", supported_messages: ways });
  for (const subject of ["lti.get_data.response", "lti.put_data.response"]) say({ subject, value: SECRET });
});
document.querySelector("form").submit();
"""


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
def serving(method: str, address: str, fields: dict[str, str], secret: str) -> Iterator[str]:
    """The address of a page that sends these fields into a frame."""
    inputs = "".join(f'<input type=hidden name="{name}" value="{escape(value)}">' for name, value in fields.items())
    page = (
        f'<!doctype html><title>Win</title><iframe name="in"></iframe><form target="in" method="{method}"'
        f' action="{escape(address)}">{inputs}</form><script>const SECRET = {json.dumps(secret)};{SCRIPT}</script>'
    ).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()

"""How the story reads pages and fills forms, and the files it makes."""

from __future__ import annotations

import re
import struct
import zlib

import pytest

from demo.story.files import HEIGHT, WIDTH, document, picture
from demo.story.page import Broken, Form, Page, Upload, Value

URL = "http://localhost:1/courses/4"
FORM = """
<title>x</title><script>if (a < b) "<h1>no</h1>"</script><h1> Pick <em>one</em></h1>
<form action="/other"><button>Go</button></form>
<form method="post" action="choice" data-autosave="draft">
<input type="hidden" name="csrf" value="t&amp;t"><input type="hidden" name="graded" value="no">
<label><input type="checkbox" name="graded" value="yes" checked> Graded</label>
<label class="pick"><input type="radio" name="option" value="7"><span><b>A</b> Field
 poster</span></label>
<label for="b"><input type="radio" id="b" name="option" value="8" checked> <span>B</span> Data story</label>
<textarea name="text">
first

third</textarea><input name="link"><input name="gone" disabled><input type="file" name="files" multiple>
<select name="way"><option value="">none</option><option value="1" selected>one</option></select>
<p class="error bit">Say <b>why</b>.</p>
<button name="do" value="add" formaction="/add" aria-label="Add a row">+</button>
<button name="do" value="go">Go</button>
</form>
<a href="?work=1">Mark <span>Amara</span></a><iframe src="/launch"></iframe>"""


@pytest.fixture
def page() -> Page:
    return Page(URL, FORM)


@pytest.fixture
def form(page: Page) -> Form:
    return page.form("Go", {"option"})[0]


def test_a_page_has_heading_frame_links_and_errors(page: Page) -> None:
    assert page.heading == "Pick one"
    assert page.frame == "http://localhost:1/launch"
    assert page.link("Mark *") == f"{URL}?work=1"
    assert page.errors == ["Say why."]
    assert "Data story" in page.words
    assert "if (a" not in page.words
    with pytest.raises(Broken, match="'Mark Linh'"):
        page.link("Mark Linh")


def test_a_control_belongs_to_the_form_that_it_names() -> None:
    """As beside an idea, whose question is sent with the answer that is begun."""
    question = (
        '<textarea name="{0}" form="answer">Why?</textarea><button name="go" value="{0}" form="answer">{0}</button>'
    )
    answer = '<form id="answer" action="/answer"><input name="reason"></form><form><input name="other"></form>'
    page = Page(URL, question.format("before") + answer + question.format("after"))
    for words in ("before", "after"):
        form, button = page.form(words, {"before", "reason", "after"})
        assert (form.action, button.value) == ("http://localhost:1/answer", words)
    assert form.fields() == [("before", "Why?"), ("reason", ""), ("after", "Why?")]
    assert len(page.forms) == 2


def test_a_form_sends_what_a_browser_would(form: Form) -> None:
    assert (form.action, form.autosave) == ("http://localhost:1/courses/choice", "http://localhost:1/courses/draft")
    assert form.fields() == [
        ("csrf", "t&t"),
        ("graded", "no"),
        ("graded", "yes"),
        ("option", "8"),
        ("text", "first\n\nthird"),
        ("link", ""),
        ("way", "1"),
    ]
    assert form.uploads() == []


def test_it_is_found_by_its_button_and_fields(page: Page) -> None:
    assert page.form("Go", set())[0].action == "http://localhost:1/other"
    found, button = page.form("Add a *", {"text"})
    assert (button.name, button.value, button.action) == ("do", "add", "http://localhost:1/add")
    assert found is page.forms[1]
    for pattern, names in (("Stay", {"option"}), ("Go", {"nothing"})):
        with pytest.raises(Broken, match="has no form"):
            page.form(pattern, names)


@pytest.mark.parametrize("chosen", ["7", "Field poster", "A Field poster"])
def test_choosing_switches_the_others_off(form: Form, chosen: str) -> None:
    form.fill("option", chosen)
    assert [value for name, value in form.fields() if name == "option"] == ["7"]


def test_typing_ticking_and_files(form: Form) -> None:
    upload = Upload("a.png", b"a", "image/png")
    typed = {"text": "new", "link": "https://a.example", "way": ""}
    fields: dict[str, Value] = {**typed, "graded": False, "files": upload}
    for name, value in fields.items():
        form.fill(name, value)
    sent = form.fields()
    assert [value for name, value in sent if name == "graded"] == ["no"]
    assert typed.items() <= dict(sent).items()
    assert form.uploads() == [("files", upload)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("absent", "x"),
        ("gone", "a disabled one"),
        ("csrf", "a hidden one"),
        ("option", "story"),
        ("option", True),
        ("graded", "yes"),
        ("way", "2"),
        ("text", True),
        ("files", "a.png"),
        ("link", Upload("a.png", b"", "image/png")),
    ],
)
def test_what_a_person_could_not_do_breaks_off(form: Form, name: str, value: Value) -> None:
    before = form.fields()
    with pytest.raises(Broken, match=re.escape(repr(name))):
        form.fill(name, value)
    assert form.fields() == before


@pytest.mark.parametrize("mark", ["data-goes-by-itself", "data-post-on"])
def test_some_forms_go_by_themselves(mark: str) -> None:
    (form,) = Page(URL, f"<form {mark} action=/lti/launch><input type=hidden name=JWT value=a.b.c></form>").forms
    assert form.goes_by_itself
    assert form.fields() == [("JWT", "a.b.c")]


def test_the_picture_is_one() -> None:
    content = picture().content
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    chunks, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        chunks[kind], at = body, at + 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    assert len(zlib.decompress(chunks[b"IDAT"])) == HEIGHT * (1 + 3 * WIDTH)


def test_the_document_is_one() -> None:
    content = document().content
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", content)[0])
    assert content[start:].startswith(b"xref\n0 6\n")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n ", content)]
    assert [content[place : place + 7] for place in places] == [b"%d 0 obj" % number for number in range(1, 6)]
    (length, stream) = re.findall(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", content)[0]
    assert int(length) == len(stream)

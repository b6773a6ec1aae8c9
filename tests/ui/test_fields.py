"""Form macros: label, hint, error and control hang together; what is wrong is listed with ways to it."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from flask import Flask, render_template_string
from flask_babel import lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import Field, FieldList
from wtforms.validators import InputRequired, ValidationError

from ui.fields import errors_of


class Line(Form):
    how = StringField("How", [InputRequired("Say where it shows.")])


class Everything(Form):
    title = StringField("Title", [InputRequired("Give it a name.")])
    plan = TextAreaField("Plan")
    points = IntegerField("Points")
    graded = BooleanField("Goes to the gradebook")
    plan_b = RadioField("Plan B", choices={"1": "Poster", "2": "Story"}, validators=[InputRequired("Pick one.")])
    audience = SelectField("Audience", choices={"c": "Class"}, default="c")
    lines = FieldList(FormField(Line), min_entries=2)
    version = HiddenField("Version", [InputRequired("Open it again.")])

    def validate_plan(self, field: Field) -> None:
        raise ValidationError(lazy_gettext("Two sentences, please."))  # type: ignore[arg-type]  # forms pass it all the same


def sent(**values: str) -> Everything:
    form = Everything(MultiDict(values))
    form.validate()
    return form


def rendered(app: Flask, source: str, **values: object) -> BeautifulSoup:
    with app.test_request_context():
        return BeautifulSoup(render_template_string("{% import 'ui/m.html' as m %}" + source, **values), "html.parser")


def only(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    (tag,) = soup.select(selector)
    return tag


def test_a_control_is_described_by_its_hint_and_its_error(app: Flask) -> None:
    page = rendered(app, "{{ m.field(form.title, hint='Short is fine.', class='auto') }}", form=sent())
    control = only(page, "input")
    assert control["aria-invalid"] == "true"
    assert control["class"] == ["auto"]
    described = [only(page, f"#{name}").get_text() for name in str(control["aria-describedby"]).split()]
    assert described == ["Short is fine.", "Give it a name."]
    assert only(page, "label")["for"] == control["id"]


def test_a_control_without_fault_says_nothing_of_it(app: Flask) -> None:
    control = only(rendered(app, "{{ m.field(form.points) }}", form=Everything()), "input")
    assert "aria-invalid" not in control.attrs
    assert "aria-describedby" not in control.attrs


def test_a_field_may_stand_on_a_page_twice(app: Flask) -> None:
    page = rendered(app, "{{ m.field(f.title) }}{{ m.field(f.title, id='second', hint='h') }}", f=sent())
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    assert only(page, "#second")["aria-describedby"] == "second-hint second-error"


def test_a_text_area_takes_rows_and_optional_says_so(app: Flask) -> None:
    page = rendered(app, "{{ m.field(form.plan, rows=4, optional=true) }}", form=Everything())
    assert only(page, "textarea")["rows"] == "4"
    assert only(page, "label").get_text() == "Plan (if you like)"


def test_a_lazy_message_is_shown(app: Flask) -> None:
    assert "Two sentences, please." in rendered(app, "{{ m.field(form.plan) }}", form=sent(plan="x")).get_text()


def test_choices_are_a_group_with_a_name(app: Flask) -> None:
    group = only(rendered(app, "{{ m.field(form.plan_b, hint='In case.') }}", form=sent(plan_b="2")), "fieldset")
    assert only(group, "legend").get_text() == "Plan B"
    assert [choice.has_attr("checked") for choice in group.select("input[type=radio]")] == [False, True]
    assert group["aria-describedby"] == "plan_b-hint"
    assert {label["for"] for label in group.select("label")} == {choice["id"] for choice in group.select("input")}


def test_a_tick_box_is_named_by_its_label(app: Flask) -> None:
    page = rendered(app, "{{ m.field(form.graded) }}", form=Everything())
    assert only(page, "label.tick")["for"] == only(page, "input[type=checkbox]")["id"]


def test_what_a_person_typed_comes_back_escaped(app: Flask) -> None:
    page = rendered(app, "{{ m.field(form.title) }}", form=sent(title='"><script>alert(1)</script>'))
    assert page.script is None
    assert only(page, "input")["value"] == '"><script>alert(1)</script>'


def test_the_summary_leads_to_every_control_at_fault(app: Flask) -> None:
    form = sent(plan="x", **{"lines-0-how": "On the cards", "lines-1-how": ""})
    assert errors_of(form) == [
        ("title", "Give it a name."),
        ("plan", "Two sentences, please."),
        ("plan_b-0", "Pick one."),
        ("lines-1-how", "Say where it shows."),
        ("", "Open it again."),
    ]
    summary = only(rendered(app, "{{ m.error_summary(form) }}", form=form), "[role=alert]")
    assert only(summary, "h2").get_text() == "5 things to look at"
    assert [a["href"] for a in summary.select("a")] == ["#title", "#plan", "#plan_b-0", "#lines-1-how"]
    assert summary["tabindex"] == "-1"


def test_nothing_wrong_shows_no_summary(app: Flask) -> None:
    assert not rendered(app, "{{ m.error_summary(form) }}", form=Everything()).get_text()


def test_each_form_of_a_page_carries_the_token_without_an_id(app: Flask) -> None:
    first, second = rendered(app, "{{ m.csrf() }}{{ m.csrf() }}").select("input[type=hidden]")
    assert first["name"] == "csrf_token"
    assert first["value"] == second["value"] != ""
    assert "id" not in first.attrs

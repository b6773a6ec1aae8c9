"""What a form has to say about itself."""

from __future__ import annotations

from collections.abc import Iterator

from wtforms import Field, FieldList, Form, FormField, RadioField


def errors_of(form: Form) -> list[tuple[str, str]]:
    """[(id of the control to go to, message)] in page order, inner forms and lists included.

    The id is "" where there is nothing to go to: hidden controls, and what is wrong with the form as a whole.
    """
    return [("", str(message)) for message in form.form_errors] + [pair for f in form for pair in _errors_in(f)]


def own_errors(field: Field) -> list[str]:
    """The field's sentences; what the entries of a list or the fields of an inner form have to say stays with those."""
    return [str(message) for message in field.errors if message and not isinstance(message, list | dict)]


def _errors_in(field: Field) -> Iterator[tuple[str, str]]:
    if isinstance(field, FormField):
        yield from errors_of(field.form)
        return
    if isinstance(field, FieldList):
        for entry in field.entries:
            yield from _errors_in(entry)
    target = _target(field)
    yield from ((target, message) for message in own_errors(field))


def _target(field: Field) -> str:
    if field.type in {"HiddenField", "CSRFTokenField", "FieldList"}:
        return ""
    if isinstance(field, RadioField):
        return next((str(choice.id) for choice in field), "")
    return str(field.id)

"""What the design page sends: one form for the whole activity, short or unfolded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its stubs
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
)
from wtforms.validators import ValidationError

from personalization.activity.fields import Count, Day, Line, LocalTime, Pasted, Points, Rows, Text, Tick, Ticks
from personalization.activity.model import LETTERS, Silence
from personalization.activity.rubric import LEVELS

OPTIONS, CRITERIA, TARGETS = 8, 10, 12  # rows at most
MOST_POINTS = Decimal(10_000)
MOST_LEVEL_POINTS = Decimal(1_000)
MOST_MINUTES, MOST_PLACES = 10_000, 1_000
MOST_PASTED = 100_000  # characters, below what the csv module takes for one cell
DATES = ("opens", "propose_by", "answer_by", "accept_by", "pick_by", "work_due", "lock")
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,40}", re.ASCII)
ROWS = {"option": "options", "criterion": "criteria", "target": "targets"}


def _(words: str, **values: Any) -> str:
    """Words for a label, in the language of the request that shows it; forms are written before there is one."""
    return cast(str, lazy_gettext(words, **values))


class TargetForm(Form):
    code = Line(_("Standard code"), most=60)
    text = Line(_("What students learn"), most=1_000)


class LevelForm(Form):
    text = Text(_("What it looks like"), most=2_000)
    points = Points(_("Points"), Decimal(0), MOST_LEVEL_POINTS)


class CriterionForm(Form):
    """`key` is the criterion's number in the activity; empty for a new one."""

    key = HiddenField()
    name = Line(_("Name"), most=120)
    description = Text(_("In words a student would use"), most=2_000)
    levels = Rows(FormField(LevelForm), max_entries=LEVELS)

    def validate_levels(self, field: Rows) -> None:
        worth = [level.form.points.data for level in field if level.form.points.data is not None]
        if worth != sorted(worth):
            words = _("“%(name)s”: a higher level is worth at least as much as a lower one.", name=self.name.data)
            raise ValidationError(str(words))  # worked out now, while the name is known


class CellForm(Form):
    """Where one option lets a student show one criterion."""

    shown = Tick(default=True)
    how = Line()


class OptionForm(Form):
    """`id` is the option's; empty for a new one. `cover` has a cell for each row of criteria, in their order."""

    id = HiddenField()
    title = Line(_("Title"))
    text = Text(_("What you do"))
    minutes = Count(_("Minutes, about"), MOST_MINUTES)
    means = Line(_("Made with"))
    audience = Line(_("Made for"))
    capacity = Count(_("Places"), MOST_PLACES)
    supports = Text(_("What helps, one thing a line"))
    cover = Rows(FormField(CellForm), max_entries=CRITERIA)


class DesignForm(FlaskForm):
    """The activity as a teacher types it.

    `form_key` names the page that a new activity is begun on; `launch` and `link` say where it goes once published;
    `opened` is when the activity was last saved as this page knows it, `gaps_seen` which gaps it named. `bank` are
    ticked entries of the teacher's bank; `sheet` is what was pasted from one, `sheet_row` its ticked rows, `sheet_seen`
    the mark of the text that those were shown for. `known` are the ids of the options that the page was made with.
    """

    form_key, launch, link, opened, gaps_seen, zone, sheet_seen, known = (HiddenField() for _n in range(8))
    title = Line(_("Title"))
    shows = Text(_("What should it show?"), most=2_000)
    goal = Text(_("Goal, in words a student would use"))
    representations = Text(_("Ways to take it in"))
    targets = Rows(FormField(TargetForm), max_entries=TARGETS)
    criteria = Rows(FormField(CriterionForm), max_entries=CRITERIA)
    options = Rows(FormField(OptionForm), max_entries=OPTIONS)
    bank, sheet_row = Ticks(), Ticks()
    sheet = Pasted(_("Rows from a sheet"), most=MOST_PASTED)
    own_idea = Tick(_("Own ideas welcome"))
    silence = RadioField(
        _("If you have not answered an idea in time"),
        choices=[
            SelectChoice(Silence.PROTECT.value, _("It stays with you. The student may pick another way meanwhile.")),
            SelectChoice(Silence.STRICT.value, _("It ends there, with its text kept. The student picks another way.")),
        ],
    )
    default_option = SelectField(_("Who has not picked by then goes on with"), validate_choice=False)
    least_filled = Tick(_("If that is not possible: the way that the fewest are on"))
    graded = Tick(_("Goes to the gradebook"))
    points = Points(_("Points"), Decimal("0.01"), MOST_POINTS)
    opens = LocalTime(_("Opens"))
    propose_by = LocalTime(_("Ideas by"))
    answer_by = LocalTime(_("You answer by"))
    accept_by = LocalTime(_("Agreed by"))
    pick_by = LocalTime(_("Way settled"))
    work_due = LocalTime(_("Hand in"))
    lock = LocalTime(_("Closed"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.square_up()

    def square_up(self) -> None:
        """Give every criterion its four levels and every option a cell for it, and say in labels which row is which."""
        for row in self.criteria:
            _fill_up(row.form.levels, LEVELS, lambda n: {"points": Decimal(n)})
        for row in self.options:
            _fill_up(row.form.cover, len(self.criteria), lambda _n: {"shown": True})
            for cell, criterion in zip(row.form.cover, self.criteria, strict=False):
                cell.form.how.label.text = criterion.form.name.data or _("New criterion")
            row.form.letter = LETTERS[row.index]
            row.form.title.label.text = _("Way %(letter)s", letter=row.form.letter)
        ways = [(str(row.index), f"{row.form.letter} {row.form.title.data or ''}".strip()) for row in self.options]
        nobody = SelectChoice("", _("nobody is moved; you place them"))
        self.default_option.choices = [nobody, *[SelectChoice(value, words) for value, words in ways]]

    def add_row(self, kind: str) -> str:
        """Add an empty row; the id of its first field, to go on typing there. A full list stays as it is."""
        rows = self[ROWS[kind]]
        if not rows.is_full:
            rows.append_entry()
            self.square_up()
        return f"{rows.id}-{len(rows) - 1}-{ {'option': 'title', 'criterion': 'name', 'target': 'text'}[kind] }"

    def remove_row(self, kind: str, index: int) -> str:
        """Take a row away, with all that hangs on it, and number the rest anew; the id of the button to go on from."""
        rows = self[ROWS[kind]]
        if index >= len(rows):
            return ""
        rows.pop_entry(index)
        if kind == "criterion":
            for option in self.options:
                option.form.cover.pop_entry(index)
        if kind == "option":
            self.default_option.data = _renumbered(self.default_option.data, index)
        self.square_up()
        return f"add-{kind}"

    def blame(self, problems: Iterable[tuple[str, str]]) -> None:
        """Put sentences of the model beside the fields that they are about."""
        for name, words in problems:
            field = self._named(name)
            field.errors = [*field.errors, words]

    def _named(self, name: str) -> Any:
        rows, _dash, rest = name.partition("-")
        if not rest:
            return self[name]
        index, _dash, field = rest.partition("-")
        return self[rows][int(index)].form[field]


def _fill_up(rows: FieldList[Any], count: int, blank: Any) -> None:
    while len(rows) < count:
        rows.append_entry(blank(len(rows) + 1))


def _renumbered(chosen: str | None, gone: int) -> str:
    """The chosen row's number after row `gone` was taken away; nothing where it was that one."""
    if not chosen or not chosen.isascii() or not chosen.isdecimal() or int(chosen[:4]) == gone:
        return ""
    return str(int(chosen[:4]) - (int(chosen[:4]) > gone))


class PlaceForm(FlaskForm):
    """Where a finished activity is wanted: a deep-linking launch, or a link that opens nothing yet."""

    launch, link = HiddenField(), HiddenField()


class BankedForm(FlaskForm):
    """A new name for something in the bank."""

    title = Line(_("Title"))

    def validate_title(self, field: Line) -> None:
        if not field.data:
            raise ValidationError(str(_("Give it a title.")))


class CopyForm(FlaskForm):
    """`course`: the id of one of the teacher's courses; `form_key` names the page, which makes one copy however often
    it is sent."""

    form_key = HiddenField()
    course = RadioField(_("Into which course?"), validate_choice=False)
    opens = Day(_("The copy opens on"))

    def offer(self, courses: Mapping[int, str]) -> None:
        """Name the courses, {id: name}; the first is chosen where nothing was."""
        self.courses = {str(course_id): name for course_id, name in courses.items()}
        self.course.choices = self.courses
        if self.course.data is None:
            self.course.data = next(iter(self.courses))

    def validate_form_key(self, field: HiddenField) -> None:
        if not FORM_KEY.fullmatch(field.data or ""):
            raise ValidationError(str(_("The page was not whole. Press the button once more, please.")))

    def validate_course(self, field: RadioField) -> None:
        if field.data not in self.courses:
            raise ValidationError(str(_("Pick one of your courses.")))


class CourseCopyForm(FlaskForm):
    """`link` is the link that is to open the copy, if it was come by one; `opens` the day on which the copy opens."""

    link = HiddenField()
    opens = Day(_("The copy opens on"))
    others = Tick(default=True)

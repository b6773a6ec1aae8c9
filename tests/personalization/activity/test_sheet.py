"""Rows out of a spreadsheet: as they are copied, as CSV, with headings, with what people write into cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st

from personalization.activity.sheet import MOST_ROWS, Row, read


@pytest.fixture(scope="module", autouse=True)
def words() -> Iterator[None]:
    """Sentences need a language; nothing else of an app."""
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


def test_what_excel_copies_with_a_line_break_and_a_tab_in_cells() -> None:
    copied = 'Poster\t"Draw it.\r\nThen ""label"" it.\tTwice."\t45\t6\r\nFilm\tTwo minutes\t60\t\r\n'
    assert read(copied).rows == [
        Row(1, "Poster", 'Draw it.\nThen "label" it.\tTwice.', 45, 6),
        Row(2, "Film", "Two minutes", 60, None),
    ]


def test_a_quotation_mark_that_google_sheets_leaves_bare_is_only_that() -> None:
    assert read('"Big" poster\tDraw it\t45\n6" model\tBuild it\t60').rows == [
        Row(1, '"Big" poster', "Draw it", 45),
        Row(2, '6" model', "Build it", 60),
    ]


def test_a_quotation_mark_that_never_closes_swallows_no_row() -> None:
    assert [row.title for row in read('"Poster\t1\nFilm\t2\nSong\t3').rows] == ['"Poster', "Film", "Song"]


@pytest.mark.parametrize("delimiter", list("\t;,"))
def test_headings_put_the_columns_in_any_order(delimiter: str) -> None:
    lines = [["Places", "Way", "Minutes", "What you do"], ["3", "Poster", "45", "Draw"], ["", "Film", "", ""]]
    text = "\ufeff" + "\r\n".join(delimiter.join(line) for line in lines)
    assert read(text).rows == [Row(2, "Poster", "Draw", 45, 3), Row(3, "Film")]


def test_a_title_that_is_a_heading_s_word_too_is_a_row_where_others_are_not() -> None:
    assert read("Time\tBuild a sundial\t45").rows == [Row(1, "Time", "Build a sundial", 45)]


def test_titles_alone_keep_their_commas() -> None:
    titles = ["A poster", "A film, two minutes", "A song"]
    assert [row.title for row in read("\n".join(titles)).rows] == titles


def test_semicolons_in_a_text_do_not_cut_a_sheet_with_commas() -> None:
    text = "Poster,Draw it; label it,45,6\nFilm,Shoot it; cut it,60,2\n"
    assert read(text).rows == [Row(1, "Poster", "Draw it; label it", 45, 6), Row(2, "Film", "Shoot it; cut it", 60, 2)]


@pytest.mark.parametrize("cell", ["45", "45.0", "45,00", "45 min", "45 minutes", "45min."])
def test_minutes_as_people_and_sheets_write_them(cell: str) -> None:
    assert read(f"Poster\tDraw\t{cell}").rows[0].minutes == 45


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("\tNo title\t45", "Row 2 has no title."),
        ("Film\tShoot\tfifty", "Row 2: “fifty” is no number of minutes."),
        ("Film\tShoot\t45.5", "Row 2: “45.5” is no number of minutes."),
        ("Film\tShoot\t0", "Row 2: “0” is no number of minutes."),
        ("Film\tShoot\t10001", "Row 2: “10001” is no number of minutes."),
        ("Film\tShoot\t45\t-1", "Row 2: “-1” is no number of places."),
        ("Film\tShoot\t²", "Row 2: “²” is no number of minutes."),
        ("Film\ta\t1\t2\tmore", "Row 2 has more than 4 columns."),
        ("x" * 256 + "\tShoot", "Row 2: the title is too long. 255 characters fit."),
        ("Film\t" + "x" * 20_001, "Row 2: the text is too long. 20000 characters fit."),
    ],
)
def test_a_bad_row_is_named_and_the_others_stay(row: str, words: str) -> None:
    sheet = read(f"Poster\tDraw\t45\t6\n{row}\n\nSong\tSing\t30\t")
    assert sheet.problems == [words]
    assert [(r.number, r.title) for r in sheet.rows] == [(1, "Poster"), (4, "Song")]


def test_more_rows_than_are_read_is_said() -> None:
    sheet = read("\n".join(f"Way {n}\tDo {n}" for n in range(MOST_ROWS + 3)))
    assert len(sheet.rows) == MOST_ROWS
    assert sheet.problems == ["Only the first 200 rows are read; 3 are not."]


@pytest.mark.parametrize("text", ["", "\n\n", "\t\t\n", "Title\tMinutes", "\ufeff"])
def test_nothing_is_no_row(text: str) -> None:
    assert read(text).rows == []
    assert read(text).problems == []


WORD = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=12)
TITLES = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
TEXTS = st.lists(st.text(st.characters(codec="utf-8", blacklist_categories=("Cc", "Cs")), max_size=12), max_size=4).map(
    lambda lines: "\n".join(lines).strip()
)
ROWS = st.tuples(
    TITLES, TEXTS, st.none() | st.integers(min_value=1, max_value=10_000), st.none() | st.integers(1, 1_000)
)


@given(st.lists(ROWS, min_size=1, max_size=12), st.sampled_from("\t;,"), st.sampled_from(["\r\n", "\n"]))
def test_what_a_sheet_writes_is_read_as_it_was(
    rows: list[tuple[str, str, int | None, int | None]], delimiter: str, line_end: str
) -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["Title", "What you do", "Minutes", "Places"])
    writer.writerows(rows)
    sheet = read(written.getvalue())
    assert sheet.problems == []
    assert [(row.title, row.text, row.minutes, row.places) for row in sheet.rows] == rows


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_whatever_is_pasted_is_read_or_named(text: str) -> None:
    """Never an error; and a row that is read has a title and numbers that a column can hold."""
    sheet = read(text)
    assert all(row.title and len(row.title) <= 255 and (row.minutes or 1) <= 10_000 for row in sheet.rows)

"""Names, cells and zips, by themselves."""

from __future__ import annotations

import csv
import io
import itertools
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from flask import Flask

from personalization.archive.cells import Cell, Separator, harmless, written
from personalization.archive.names import Names, safe
from personalization.archive.parcel import Parcel

AT = datetime(2026, 11, 20, 18, 0, 30, tzinfo=UTC)
MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Diallo, Amara", "Diallo, Amara"),
        ("Zoë/Øberg\\x", "Zoë-Øberg-x"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("what? <now>|*", "what now"),
        ("con", "con_"),
        ("LPT1.txt", "LPT1_.txt"),
        ("aux.tar.gz", "aux.tar_.gz"),
        ("trailing. . ", "trailing"),
        ("a\x00b\u202etxt.exe", "abtxt.exe"),
        ("e\u0301", "é"),
        ("..", ""),
        ("", ""),
        ("x" * 300 + ".png", "x" * 96 + ".png"),
        ("Vers. 2.0 of my plan", "Vers. 2.0 of my plan"),
    ],
)
def test_a_name_is_one_that_every_system_takes(name: str, kept: str) -> None:
    assert safe(name) == kept


def test_each_name_is_given_once_however_it_is_written(app: Flask) -> None:
    names = Names()
    with app.test_request_context():
        given = [names.take(name) for name in ("photo.png", "Photo.PNG", "photo.png", "", "?", "Kim", "kim")]
    assert given == [
        "photo.png",
        "Photo (2).PNG",
        "photo (3).png",
        "without a name",
        "without a name (2)",
        "Kim",
        "kim (2)",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "＝1", '=HYPERLINK("http://x")']
)
def test_no_text_becomes_a_formula(text: str) -> None:
    (cell,) = next(csv.reader(io.StringIO(written([[text]], Separator.COMMA), newline="")))
    assert cell == f"'{text}"
    assert harmless("a = b") == "a = b"


@pytest.mark.parametrize("written_for", list(Separator))
@pytest.mark.parametrize("read_by", [",", ";", "\t"])
@pytest.mark.parametrize(
    "text", ["Poem;=HYPERLINK(1)", "a,+cmd|x!A1", "b\n=SUM(1)", 'c;"=SUM(1)"', "d,  @SUM(1)", "\xa0=1+1"]
)
def test_no_text_becomes_a_formula_where_another_separator_is_read(
    text: str, read_by: str, written_for: Separator
) -> None:
    lines = written([["Amara", text, "end"]], written_for)
    cells = [cell for line in lines.splitlines() for cell in re.split(rf'"?{read_by}"?', line)]
    assert [cell for cell in cells if cell.strip(' "\xa0').startswith(("=", "+", "-", "@"))] == []


def test_dashes_and_sums_in_words_stay_as_they_are() -> None:
    for text in ("Good:\n- clear\n- short", "Poem, - or song; a = b", "3;-2", "a,b (c)"):
        assert harmless(text) == text


ROW: list[Cell] = ["Zoë; “q”, x", Decimal("75.50"), 3, None, Decimal("-1.00"), Decimal(0), "two\nlines", "nul\0"]


@pytest.mark.parametrize(
    ("separator", "numbers"), [(Separator.COMMA, ("75.5", "-1")), (Separator.SEMICOLON, ("75,5", "-1"))]
)
def test_a_row_comes_back_as_it_was(separator: Separator, numbers: tuple[str, str]) -> None:
    lines = written([ROW, ["next"]], separator)
    rows = list(csv.reader(io.StringIO(lines, newline=""), delimiter=";" if separator is Separator.SEMICOLON else ","))
    assert rows == [["Zoë; “q”, x", numbers[0], "3", "", numbers[1], "0", "two\nlines", "nul"], ["next"]]
    assert lines.endswith("\r\n")


def test_a_zip_of_any_size_takes_as_much_memory_as_one_piece() -> None:
    """600 MiB of it, in pieces of one."""
    piece, sizes = bytes(MIB), []
    tracemalloc.start()
    zipped = Parcel()
    for number in range(6):
        for sent in zipped.file(f"film {number}.mp4", 100 * MIB, itertools.repeat(piece, 100), AT):
            sizes.append(len(sent))
    sizes.append(len(zipped.end()))
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) > 600 * MIB
    assert max(sizes) < 2 * MIB
    assert most < 8 * MIB


def test_files_beyond_four_gibibytes_are_announced_as_such() -> None:
    """zip64, without writing them: the header of the file says it before its first byte."""
    zipped = Parcel()
    head = next(zipped.file("film.mp4", 5 * 1024 * MIB, iter([b"x"]), AT))
    assert head[4:6] == (45).to_bytes(2, "little"), "the version that a reader needs: zip64"


def test_readers_open_what_was_sent() -> None:
    zipped = Parcel()
    sent = [zipped.text("a/Text.txt", "Zoë\nwrites", AT), *zipped.file("a/p.png", 6, iter([b"abc", b"def"]), AT)]
    whole = zipfile.ZipFile(io.BytesIO(b"".join([*sent, zipped.end()])))
    assert whole.testzip() is None
    assert whole.read("a/Text.txt").decode("utf-8-sig") == "Zoë\r\nwrites"
    assert whole.read("a/p.png") == b"abcdef"
    assert whole.getinfo("a/p.png").date_time == (2026, 11, 20, 18, 0, 30)


def test_a_file_that_breaks_off_leaves_a_zip_that_opens() -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError("the store is away")

    zipped = Parcel()
    sent: list[bytes] = []
    with pytest.raises(OSError, match="away"):
        sent.extend(zipped.file("a.png", 8, broken(), AT))
    sent += [zipped.text("a.png – not complete.txt", "…", AT), zipped.end()]
    whole = zipfile.ZipFile(io.BytesIO(b"".join(sent)))
    assert whole.testzip() is None
    assert whole.read("a.png") == b"half"

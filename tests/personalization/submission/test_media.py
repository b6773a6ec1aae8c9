"""What a file is told to be by its bytes, and what it may be called."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.submission.media import EXTENSIONS, HEAD, KNOWN, plays_as, safe_name, size_words, sniff

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def archive(**members: bytes) -> bytes:
    """A zip in memory; "__" in a name stands for a slash, "_dot_" for a dot."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return body.getvalue()


def odf(kind: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr(zipfile.ZipInfo("mimetype"), f"application/vnd.oasis.opendocument.{kind}")
        file.writestr("content.xml", "<x/>")
    return body.getvalue()


OFFICE = {
    "docx": archive(_Content_Types__dot_xml=b"x" * 900, word__document_dot_xml=b"<w/>"),
    "xlsx": archive(xl__workbook_dot_xml=b"<w/>"),
    "pptx": archive(_rels__dot_rels=b"r", ppt__presentation_dot_xml=b"<p/>"),
    "odt": odf("text"),
    "ods": odf("spreadsheet"),
    "odp": odf("presentation"),
}


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00", "image/avif"),
        (b"\x00\x00\x00\x1cftypM4A \x00\x00", "audio/mp4"),
        (b"\x00\x00\x00\x1cftypisom\x00\x00", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00", "video/quicktime"),
        (b"ID3\x04\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x44", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm", "video/webm"),
        ("Ein Gedicht über den Teich\r\n".encode(), "text/plain"),
        (b"\xef\xbb\xbfWith a mark in front", "text/plain"),
        (b"print('hello')\n", "text/plain"),
    ],
)
def test_the_first_bytes_tell(head: bytes, media_type: str) -> None:
    assert sniff(head, "whatever.exe") == media_type


@pytest.mark.parametrize("extension", OFFICE)
def test_office_files_are_told_from_the_names_inside(extension: str) -> None:
    found = sniff(OFFICE[extension], "x.zip")
    assert found is not None
    assert EXTENSIONS[found] == (extension,)


@pytest.mark.parametrize(
    "head",
    [
        b"MZ\x90\x00\x03\x00",
        b"\x7fELF\x02\x01\x01",
        b"\xcf\xfa\xed\xfe\x07\x00",
        b"#!/bin/sh\nrm -rf ~\n",
        b"<!DOCTYPE html><p>hi",
        b"\n\n  <HTML><script>alert(1)</script>",
        b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!-- hi --><script>",
        b"<script>alert(1)</script>",
        archive(META_INF__MANIFEST_dot_MF=b"Main-Class: x"),
        archive(evil_dot_exe=b"MZ", notes_dot_txt=b"word/"),
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"\x1aE\xdf\xa3\x9fB\x86\x81\x01matroska",
        b"Rar!\x1a\x07\x01\x00",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"text with a \x00 in it",
        b"Latin-1: \xfcber",
        "UTF-16".encode("utf-16"),
    ],
)
def test_what_runs_or_is_not_known_stays_out(head: bytes) -> None:
    assert sniff(head, "harmless.pdf") is None


def test_the_name_decides_only_between_text_and_csv() -> None:
    assert sniff(b"kJ;1000", "DATA.CSV") == "text/csv"
    assert sniff(b"%PDF-1.7", "data.csv") == "application/pdf"


def test_a_character_cut_by_the_end_of_the_head_is_no_fault() -> None:
    text = ("x" * (HEAD - 1) + "ü").encode()
    assert sniff(text[:HEAD]) == "text/plain"
    assert sniff("über".encode()[:1]) is None


@given(st.binary(max_size=300))
def test_any_bytes_get_a_plain_answer(head: bytes) -> None:
    assert sniff(head) in {None, *EXTENSIONS}


@pytest.mark.parametrize(
    ("name", "media_type", "shown"),
    [
        ("poster.pdf", "application/pdf", "poster.pdf"),
        ("POSTER.PDF", "application/pdf", "POSTER.pdf"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("report.exe", "application/pdf", "report.exe.pdf"),
        ("page.html", "text/plain", "page.html.txt"),
        ("solve.py", "text/plain", "solve.py.txt"),
        ("notes.md", "text/plain", "notes.md"),
        ("notes", "text/plain", "notes.txt"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\amara\\poster.pdf", "application/pdf", "poster.pdf"),
        ("..", "text/plain", "file.txt"),
        ("", "image/png", "file.png"),
        (".pdf", "application/pdf", "pdf.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "application/pdf", "aSet-Cookie x=1.pdf"),
        ("gnp.\u202egpj.exe", "image/png", "gnp.gpj.exe.png"),
        ('quo"te<b>.pdf', "application/pdf", "quoteb.pdf"),
        ("Müll u\u0308ber alles.pdf", "application/pdf", "Müll über alles.pdf"),
        ("蛙の詩.docx", DOCX, "蛙の詩.docx"),
        ("x" * 300 + ".pdf", "application/pdf", "x" * 100 + ".pdf"),
    ],
)
def test_names_are_kept_as_far_as_they_are_safe(name: str, media_type: str, shown: str) -> None:
    assert safe_name(name, media_type) == shown


@given(st.text(max_size=400), st.sampled_from(sorted(EXTENSIONS)))
def test_no_name_leaves_its_folder_or_its_line(name: str, media_type: str) -> None:
    shown = safe_name(name, media_type)
    assert not set(shown) & set('/\\\r\n\x00"\u202e')
    assert shown.isprintable() or " " in shown or not shown.isascii()
    assert not shown.startswith(".")
    assert shown.rpartition(".")[2] in EXTENSIONS[media_type]
    assert len(shown) <= 110


def test_only_pictures_sound_and_film_play_in_a_page() -> None:
    played = {media_type for media_type in EXTENSIONS if plays_as(media_type)}
    assert {t.partition("/")[0] for t in played} == {"image", "audio", "video"}
    assert "image/heic" not in played
    assert plays_as("text/html") == ""
    assert plays_as("") == ""


def test_no_extension_is_one_that_runs() -> None:
    assert not KNOWN & {"html", "htm", "svg", "js", "exe", "bat", "cmd", "sh", "xhtml", "xml", "zip", "jar"}


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (1, "1 byte"),
        (1024, "1 KB"),
        (1500, "1.5 KB"),
        (200 * 1024 * 1024, "200 MB"),
        (200 * 1024 * 1024 + 1, "200.1 MB"),
        (3 * 1024 * 1024 * 1024, "3,072 MB"),
    ],
)
def test_sizes_in_words_never_round_down(size: int, words: str) -> None:
    assert size_words(size) == words

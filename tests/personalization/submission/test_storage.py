"""Files in and out of the store, in pieces."""

from __future__ import annotations

import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import obstore
import pytest
from obstore.store import LocalStore, ObjectStore
from werkzeug.datastructures import FileStorage

from personalization.errors import TooLarge, WrongKind
from personalization.submission import storage

PDF = b"%PDF-1.7\n"
MEGABYTE = 1024 * 1024


def upload(content: bytes, name: str = "poster.pdf") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=name)


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return storage.open_store("memory://" if request.param == "memory" else f"file://{tmp_path}/uploads")


def everything(store: ObjectStore) -> list[str]:
    return [str(entry["path"]) for batch in obstore.list(store) for entry in batch]


def test_what_is_kept_is_read_again(store: ObjectStore) -> None:
    body = PDF + os.urandom(7 * MEGABYTE)
    kept = storage.keep(store, upload(body), 10 * MEGABYTE)
    assert (kept.name, kept.media_type, kept.size) == ("poster.pdf", "application/pdf", len(body))
    assert b"".join(storage.read(store, kept.key, 0, kept.size)) == body
    assert b"".join(storage.read(store, kept.key, 5, 9)) == body[5:9]


def test_the_same_content_has_the_same_digest_and_another_key(store: ObjectStore) -> None:
    first, second = (storage.keep(store, upload(PDF, name), MEGABYTE) for name in ("a.pdf", "b.pdf"))
    assert first.digest == second.digest
    assert first.key != second.key


def test_a_key_can_not_be_guessed_and_holds_nothing_of_the_name(store: ObjectStore) -> None:
    keys = {storage.keep(store, upload(PDF, "../../amara.pdf"), MEGABYTE).key for _n in range(20)}
    assert len(keys) == 20
    assert all(len(key) == 32 and set(key) <= set(storage_alphabet()) for key in keys)
    assert all(path.startswith("evidence/") and "amara" not in path for path in everything(store))


def storage_alphabet() -> Iterator[str]:
    yield from "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_a_hostile_name_stays_in_the_folder(tmp_path: Path) -> None:
    store = storage.open_store(f"file://{tmp_path}/uploads")
    kept = storage.keep(store, upload(PDF, "../../../escaped.pdf"), MEGABYTE)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "uploads" / "evidence" / kept.key]


def test_one_byte_too_many_is_refused_by_name_and_not_stored(store: ObjectStore) -> None:
    assert storage.keep(store, upload(PDF + b"x" * (MEGABYTE - len(PDF))), MEGABYTE).size == MEGABYTE
    with pytest.raises(TooLarge) as refused:
        storage.keep(store, upload(PDF + b"x" * MEGABYTE, "clip.pdf"), MEGABYTE)
    assert refused.value.title == "clip.pdf is 1.1 MB; 1 MB fit"
    assert len(everything(store)) == 1


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "empty.pdf", "empty.pdf is empty"),
        (b"MZ\x90\x00", "poster.pdf", "poster.pdf is a kind of file"),
        (b"<html>", "../page.pdf", "page.pdf is a kind of file"),
        (b"\x7fELF", "a\nb", "ab is a kind of file"),
        (b"\x7fELF", "\x1b", "This file is a kind of file"),
    ],
)
def test_what_is_not_taken_is_told_by_name_and_not_stored(
    store: ObjectStore, content: bytes, name: str, told: str
) -> None:
    with pytest.raises(WrongKind) as refused:
        storage.keep(store, upload(content, name), MEGABYTE)
    assert refused.value.title.startswith(told)
    assert everything(store) == []


def test_a_mislabelled_file_is_what_its_bytes_say(store: ObjectStore) -> None:
    kept = storage.keep(store, upload(b"\xff\xd8\xff\xe0", "essay.docx"), MEGABYTE)
    assert (kept.media_type, kept.name) == ("image/jpeg", "essay.jpg")


def test_a_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    store = storage.open_store(f"file://{tmp_path}/uploads")
    with TemporaryFile() as file:
        file.write(PDF)
        for _n in range(64):
            file.write(b"x" * MEGABYTE)
        tracemalloc.start()
        try:
            kept = storage.keep(store, FileStorage(file, filename="big.pdf"), 100 * MEGABYTE)
            size = sum(len(piece) for piece in storage.read(store, kept.key, 0, kept.size))
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert size == kept.size == 64 * MEGABYTE + len(PDF)
    assert peak < 20 * MEGABYTE


def test_a_lost_file_is_said_at_once(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError):
        storage.read(store, "k" * 32, 0, 10)


def test_what_is_forgotten_is_gone_and_forgetting_twice_is_no_fault(store: ObjectStore) -> None:
    kept = storage.keep(store, upload(PDF), MEGABYTE)
    storage.forget(store, [kept.key])
    storage.forget(store, [kept.key, "never-there"])
    assert everything(store) == []


def test_a_relative_folder_lies_where_the_tool_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = storage.open_store("file://./uploads")
    assert isinstance(store, LocalStore)
    storage.keep(store, upload(PDF), MEGABYTE)
    assert len(list((tmp_path / "uploads" / "evidence").iterdir())) == 1

"""Where files lie: a folder, S3, Google or Azure by STORAGE_URL. Bytes go in and come out in pieces, never whole."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import obstore
import structlog
from flask_babel import gettext as _
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url
from werkzeug.datastructures import FileStorage

from personalization.errors import TooLarge, WrongKind
from personalization.submission.media import HEAD, Stored, safe_name, size_words, sniff

log = structlog.get_logger()

PIECE = 5 * 1024 * 1024  # bytes; the least that S3 takes as a part
AT_ONCE = 2  # pieces in memory per upload
FOLDER = "evidence"
LISTED = 500  # files in one answer of the store, and in one question to the database


def open_store(url: str) -> ObjectStore:
    """`file://./uploads` (from where the tool was started) and `file:///srv/uploads` make their folder; `memory://`
    forgets; the rest is read by obstore, which finds its credentials in the environment."""
    scheme, _sep, rest = url.partition("://")
    if scheme == "file":
        return LocalStore(Path(rest), mkdir=True)
    if scheme == "memory":
        return MemoryStore()
    return from_url(url)


def obstacle(store: ObjectStore) -> str:
    """Why a folder of this machine takes no files, in a few words; "" where it does. A store far away is not asked: it
    is the same for all machines, and every look would be a request to it."""
    if not isinstance(store, LocalStore):
        return ""
    folder = Path(store.prefix or "")
    if not os.access(folder, os.W_OK | os.X_OK):
        return "the folder for files cannot be written to"
    return "" if shutil.disk_usage(folder).free >= PIECE else "the disk for files is full"


def keep(store: ObjectStore, upload: FileStorage, max_bytes: int) -> Stored:
    """Store one upload under a key that nobody can guess.

    Called outside any transaction: the store may be far away.

    Raises:
        TooLarge: more than `max_bytes`.
        WrongKind: not one of the kinds we take, or empty.
    """
    name = upload.filename or ""
    size = upload.stream.seek(0, os.SEEK_END)
    upload.stream.seek(0)
    head = upload.stream.read(HEAD)
    media_type = sniff(head, name)
    theirs = _bare(name)
    if size > max_bytes:
        raise TooLarge(
            _("%(name)s is %(size)s; %(limit)s fit", name=theirs, size=size_words(size), limit=size_words(max_bytes)),
            now=_("Send a shorter clip or a link."),
        )
    if size == 0:
        raise WrongKind(_("%(name)s is empty", name=theirs), now=_("Save it once more, then choose it again."))
    if media_type is None:
        raise WrongKind(
            _("%(name)s is a kind of file that can’t be taken here", name=theirs),
            now=_("Send a PDF, a photo, sound, a video, a document or plain text, or a link to it."),
        )
    upload.stream.seek(0)
    digest = hashlib.file_digest(upload.stream, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.stream.seek(0)
    key = secrets.token_urlsafe(24)
    obstore.put(store, _path(key), upload.stream, chunk_size=PIECE, max_concurrency=AT_ONCE)
    return Stored(key=key, name=safe_name(name, media_type), media_type=media_type, size=size, digest=digest)


def read(store: ObjectStore, key: str, start: int, end: int) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`.

    Raises:
        FileNotFoundError: at once, where the store has no such file.
    """
    found = obstore.get(store, _path(key), options={"range": (start, end)})
    return (bytes(piece) for piece in found.stream(min_chunk_size=256 * 1024))


def delete(store: ObjectStore, key: str) -> None:
    """One that is not there is deleted already.

    Raises:
        BaseError, OSError: it is still there.
    """
    with suppress(FileNotFoundError):
        obstore.delete(store, _path(key))


def stored(store: ObjectStore) -> Iterator[list[tuple[str, datetime]]]:
    """(key, when it was stored) of all files there are, `LISTED` at a time and in no order.

    Raises:
        BaseError, OSError: the store does not list them.
    """
    for some in obstore.list(store, FOLDER, chunk_size=LISTED):
        yield [(one["path"].removeprefix(f"{FOLDER}/"), one["last_modified"]) for one in some]


def forget(store: ObjectStore, keys: Iterable[str]) -> None:
    """Delete files. One that can't be deleted costs room, nothing else: nobody is held up by it."""
    for key in keys:
        try:
            delete(store, key)
        except (BaseError, OSError) as wrong:
            log.warning("a stored file could not be deleted", kind=type(wrong).__name__)


def _path(key: str) -> str:
    return f"{FOLDER}/{key}"


def _bare(name: str) -> str:
    """A refused file's name, so that its owner knows which one is meant: as it was, on one line."""
    return "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())[:120] or _("This file")

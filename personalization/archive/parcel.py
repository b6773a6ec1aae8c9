"""A zip that is sent while it is written: nothing of it is ever whole in memory or on a disk. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

OLDEST = (1980, 1, 1, 0, 0, 0)  # a zip knows no earlier time
PACKED = {"pdf", "png", "jpg", "jpeg", "gif", "webp", "heic", "avif", "mp3", "m4a", "mp4", "mov", "webm", "ogg",
          "docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"}  # fmt: skip  # packing these again costs time alone


class _Outlet:
    """A stream that cannot be sought: zipfile then writes sizes after each file, and we hand on what it wrote."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits here for a disk."""

    def taken(self) -> bytes:
        found, self._pieces = b"".join(self._pieces), []
        return found


class Parcel:
    """Each verb gives the bytes that it adds; joined in order they are the zip. Times are local, as zips have them.

    Files and zips of more than 4 GiB are written as zip64.
    """

    def __init__(self) -> None:
        self._outlet = _Outlet()
        self._zip = ZipFile(self._outlet, "w")  # type: ignore[call-overload]  # needs but write and flush

    def text(self, path: str, text: str, at: datetime) -> bytes:
        """A text, with the mark by which Windows knows UTF-8."""
        self._zip.writestr(_info(path, at, ZIP_DEFLATED), text.replace("\n", "\r\n").encode("utf-8-sig"))
        return self._outlet.taken()

    def raw(self, path: str, body: bytes, at: datetime) -> bytes:
        self._zip.writestr(_info(path, at, ZIP_DEFLATED), body)
        return self._outlet.taken()

    def file(self, path: str, size: int, pieces: Iterable[bytes], at: datetime) -> Iterator[bytes]:
        """A file of `size` bytes, as its pieces come. What goes wrong with them is raised when the file has ended."""
        wrong: Exception | None = None
        packed = path.rpartition(".")[2].lower() in PACKED
        info = _info(path, at, ZIP_STORED if packed else ZIP_DEFLATED)
        info.file_size = size  # so that zipfile knows whether it needs zip64
        with self._zip.open(info, "w") as entry:
            try:
                for piece in pieces:
                    entry.write(piece)
                    yield self._outlet.taken()
            except Exception as failed:  # the entry has begun: it must end in good order, or the whole zip is broken
                wrong = failed
        yield self._outlet.taken()
        if wrong is not None:
            raise wrong

    def end(self) -> bytes:
        self._zip.close()
        return self._outlet.taken()


def _info(path: str, at: datetime, packing: int) -> ZipInfo:
    moment = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    info = ZipInfo(path, max(moment, OLDEST))
    info.compress_type = packing
    info.external_attr = 0o644 << 16
    info.create_system = 3  # else readers on Unix give the files no rights at all
    return info

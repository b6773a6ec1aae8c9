"""What a file is, told by its first bytes and never by its name: what may come in, what plays in a page.

Pure: bytes and names in, words out.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from urllib.parse import quote

from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

HEAD = 64 * 1024  # bytes that are looked at; enough for the names inside an office file
LONGEST_STEM = 100  # characters, so that a whole name stays below the 255 bytes of most file systems

# {media type: extensions it may go by; the first where the name has none of them}
EXTENSIONS = {
    "application/pdf": ("pdf",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a", "m4b", "mp4"),
    "audio/aac": ("aac",),
    "audio/wav": ("wav",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "video/mp4": ("mp4", "m4v", "m4a"),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "text/csv": ("csv",),
    "text/plain": ("txt", "md"),
}
KNOWN = {extension for extensions in EXTENSIONS.values() for extension in extensions}
NEVER_IN_NAMES = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # Unicode's control, direction and line characters
NOT_IN_PAGES = {"image/heic"}  # only Safari draws it

MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
# ISO base media files name their brand in bytes 8 to 12; all others are taken for mp4 video.
BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}
OOXML = {b"word/": "docx", b"xl/": "xlsx", b"ppt/": "pptx"}
ODF = {b"text": "odt", b"spreadsheet": "ods", b"presentation": "odp"}
PART = re.compile(rb"PK\x03\x04.{26}(word/|xl/|ppt/)", re.DOTALL)  # a zip's local header is 30 bytes, then the name
ODF_KIND = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.(\w+)", re.DOTALL)
# A browser or a shell would run these.
ACTIVE = ("<!doctype", "<html", "<head", "<body", "<svg", "<script", "<iframe", "<?xml", "<?php", "<!--", "#!")


@dataclass(frozen=True)
class Stored:
    """A file that lies in the store. `size` in bytes, `digest` the SHA-256 in hex."""

    key: str
    name: str
    media_type: str
    size: int
    digest: str


def sniff(head: bytes, name: str = "") -> str | None:
    """The media type of a file that begins with `head` (its first HEAD bytes); None where we take no such thing.

    The name decides only between text and csv.
    """
    for magic, media_type in MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else None
    if head.startswith(b"PK\x03\x04"):
        return _office(head)
    if _is_plain_text(head):
        return "text/csv" if name.lower().endswith(".csv") else "text/plain"
    return None


def plays_as(media_type: str) -> str:
    """Which element shows it in a page: "image", "audio" or "video"; "" for everything that is downloaded."""
    family = media_type.partition("/")[0]
    return family if family in {"image", "audio", "video"} and media_type not in NOT_IN_PAGES else ""


def safe_name(name: str, media_type: str) -> str:
    """The person's own name for a file, without folders, control and direction characters, and with an extension that
    tells the truth: "report.exe" that holds a PDF becomes "report.exe.pdf", "photo.png" that holds a JPEG "photo.jpg".
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if unicodedata.category(c) not in NEVER_IN_NAMES and c not in '<>:"|?*')
    stem, _dot, extension = shown.strip(" .").rpartition(".")
    right = EXTENSIONS[media_type]
    if not stem or extension.lower() not in KNOWN:
        stem, extension = f"{stem}.{extension}" if stem else extension, right[0]
    elif extension.lower() not in right:
        extension = right[0]
    stem = stem.strip(" .")[:LONGEST_STEM].strip(" .") or _("file")
    return f"{stem}.{extension.lower()}"


def disposition(name: str) -> dict[str, str]:
    """The parameters of Content-Disposition, as RFC 6266 wants a name that is more than ASCII: whole for browsers,
    without the rest for old ones."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return {"filename": name} if plain == name else {"filename": plain, "filename*": f"UTF-8''{quote(name, safe='')}"}


def size_words(size: int) -> str:
    """Bytes in words, rounded up to a tenth: "240 MB", "1.3 KB"."""
    for unit, word in ((1024 * 1024, "MB"), (1024, "KB")):
        if size >= unit:
            amount = (Decimal(size) / unit).quantize(Decimal("0.1"), ROUND_CEILING)
            return f"{format_decimal(amount, format='#,##0.#', locale=get_locale() or 'en')} {word}"
    return ngettext("%(num)d byte", "%(num)d bytes", size)


def _office(head: bytes) -> str | None:
    """A zip that holds a document; other zips may hold anything and stay out."""
    if found := ODF_KIND.match(head):
        extension = ODF.get(found[1].removesuffix(b"PK"))
    else:
        found = PART.search(head)
        extension = OOXML[found[1]] if found else None
    return next((kind for kind, extensions in EXTENSIONS.items() if extension in extensions), None)


def _is_plain_text(head: bytes) -> bool:
    """UTF-8 that nothing would run. A character that HEAD cuts in two is no fault."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head, final=len(head) < HEAD)
    except UnicodeDecodeError:
        return False
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text):
        return False
    return not text.lstrip().lower().startswith(ACTIVE)

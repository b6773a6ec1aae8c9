"""Names of files and folders that every file system takes, and each of them once. Pure."""

from __future__ import annotations

import unicodedata

from flask_babel import gettext as _

NEVER = {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"}  # Unicode's control, direction and line characters, and what is none
FORBIDDEN = '<>:"/\\|?*'
# Names that Windows keeps for its devices, with any extension.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
FOLDER, FILE = 60, 100  # characters; three of them in a path stay below Windows's 260
LONGEST_EXTENSION = 8


def safe(name: str, longest: int = FILE) -> str:
    """`name` as every system takes it: one line, no separators, no device, no dot or space at its ends. May be ""."""
    shown = unicodedata.normalize("NFC", name).replace("/", "-").replace("\\", "-")
    shown = "".join(c for c in shown if unicodedata.category(c) not in NEVER and c not in FORBIDDEN)
    stem, dot, extension = shown.strip(" .").rpartition(".")
    if not dot or len(extension) > LONGEST_EXTENSION or " " in extension:
        stem, dot, extension = shown.strip(" ."), "", ""
    stem = stem.strip(" .")[: longest - len(dot + extension)].strip(" .")
    if stem.partition(".")[0].strip().casefold() in DEVICES:
        stem = f"{stem}_"
    return f"{stem}{dot}{extension}" if stem else extension


class Names:
    """Names given out in one folder, each once, as systems see it that know no difference between "A" and "a"."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str, longest: int = FILE) -> str:
        """`name` itself where it is free, else with a number: "photo (2).png"."""
        name = safe(name, longest) or _("without a name")
        stem, dot, extension = name.rpartition(".") if "." in name[1:] else (name, "", "")
        given, number = name, 1
        while given.casefold() in self._taken:
            number += 1
            given = f"{stem} ({number}){dot}{extension}"
        self._taken.add(given.casefold())
        return given

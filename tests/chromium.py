"""Which Chromium the tests drive: the machine's own, or the one that CHROMIUM names."""

from __future__ import annotations

import os
import shutil
from typing import Any

# The same engine without a browser's window around it: a quarter less to compute, over hundreds of pages.
SHELL = "chromium-headless-shell"
WHOLE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser that a test drives has nobody to report to.
ARGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find(*names: str) -> str | None:
    """The first of these programs that is here, after the one that CHROMIUM names."""
    return next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *names))), None)


def whole(launch: dict[str, Any]) -> dict[str, Any]:
    """`launch` with the whole browser, for settings that the shell has not, such as which cookies are kept."""
    return launch | {"executable_path": find(*WHOLE) or launch["executable_path"]}

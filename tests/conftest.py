"""What every test may ask for: Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser that a test drives has nobody to report to.
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    """The machine's Chromium (or the one named by CHROMIUM), else Playwright's own download."""
    names = (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES)
    found = next(filter(None, map(shutil.which, names)), playwright.chromium.executable_path)
    if not Path(found).exists():
        pytest.skip("no Chromium here: install one, or name it in CHROMIUM")
    return {**browser_type_launch_args, "executable_path": found, "args": list(CHROMIUM_ARGS)}

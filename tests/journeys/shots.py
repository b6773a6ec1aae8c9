"""Pictures of the pages that a journey comes by, for people to look at. Taken only into a folder that is named."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tests.journeys.visitor import TOOL, Visitor

FOLDER = os.environ.get("JOURNEY_SHOTS")
BESIDE_THE_FRAME = 34  # what the LMS's page takes of the width
WIDTHS = (1100, 320)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def shoot(visitor: Visitor, name: str) -> None:
    """The tool's frame in full height, by width and colour scheme."""
    if not FOLDER:
        return
    folder = Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    page, before = visitor.page, visitor.page.viewport_size
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in WIDTHS:
            page.set_viewport_size({"width": width + BESIDE_THE_FRAME, "height": 900})
            page.wait_for_timeout(400)  # the frame's height follows its content by messages
            page.locator(TOOL).screenshot(
                path=folder / f"{name}-{width}-{scheme}.png",
                caret="initial",  # hiding it would need a style that the pages do not allow
            )
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    if before:
        page.set_viewport_size(before)

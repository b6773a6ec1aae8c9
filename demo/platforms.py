"""Which platform answers: by a course's manner, or by the first part of a URL."""

from __future__ import annotations

from demo.base import Manner
from demo.canvas import Canvas
from demo.moodle import Moodle
from demo.platform import Platform
from demo.school import school

_KINDS: dict[Manner, type[Platform]] = {Manner.CANVAS: Canvas, Manner.MOODLE: Moodle}


def platform_of(manner: Manner | str) -> Platform:
    return _KINDS[Manner(manner)](school().config.base_url)

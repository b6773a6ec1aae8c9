"""All pages of telling people; importing them registers their addresses."""

from __future__ import annotations

from personalization.notice import bell, news, settings, stop
from personalization.notice.blueprint import bp

__all__ = ["bell", "bp", "news", "settings", "stop"]

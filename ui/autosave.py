"""What an autosave answers; ui/static/autosave.js shows it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from ui.dates import clock


def saved(at: datetime) -> dict[str, str]:
    """{"status": the sentence to show, "time": what "Not saved since …" will say}, for a view to return as JSON."""
    time = clock(at)
    return {"status": _("Saved at %(time)s. You can close this and come back.", time=time), "time": time}

"""Moments in words, in the viewer's language and zone. English reads as designed: "Fri, Nov 20, 6:00 pm".

The viewer's zone is `g.zone`, an IANA name; UTC where none is known. Every moment given must be aware.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_skeleton,
    format_time,
    format_timedelta,
    get_datetime_format,
    get_timezone_gmt,
    get_timezone_location,
    get_timezone_name,
)
from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext

from ui.words import locale

WEEKS_FROM = 3  # "in 20 days" still says more than "in 3 weeks"


def when(moment: datetime) -> str:
    """Day and time: "Fri, Nov 20, 6:00 pm"."""
    local = _local(moment)
    return _when(local.date(), _minute(local), locale())


def dated(moment: datetime) -> str:
    """Day and time with the year, where years are compared: "Fri, Nov 20, 2026, 6:00 pm"."""
    local, spoken = _local(moment), locale()
    return _joined(format_skeleton("yMMMEd", local, locale=spoken), _clock(_minute(local), spoken), spoken)


def day(moment: datetime) -> str:
    """Weekday and date: "Fri, Nov 20"."""
    return _day(_local(moment).date(), locale())


def clock(moment: datetime) -> str:
    """Time of day: "7:42 pm"."""
    return _clock(_minute(_local(moment)), locale())


def iso(moment: datetime) -> str:
    """What a time element's datetime attribute takes: "2026-11-20T18:00-06:00"."""
    return _local(moment).isoformat(timespec="minutes")


def relative(moment: datetime, now: datetime) -> str:
    """How far away: "in 20 minutes", "tomorrow", "in 3 days". From the next day on calendar days count, not hours."""
    days = (_local(moment).date() - _local(now).date()).days
    if days == 0:
        return format_timedelta(moment - now, granularity="minute", threshold=1, add_direction=True, locale=locale())
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    span = timedelta(days=days)
    return format_timedelta(span, granularity="day", threshold=WEEKS_FROM, add_direction=True, locale=locale())


def early_or_late(done: datetime, due: datetime) -> str:
    """How it lies to its date: "a day early", "on time", "20 minutes late", "2 days late"."""
    days = (_local(due).date() - _local(done).date()).days
    if done <= due:
        return ngettext("a day early", "%(num)d days early", days) if days else _("on time")
    if days:
        return ngettext("a day late", "%(num)d days late", -days)
    return _("%(span)s late", span=format_timedelta(done - due, granularity="minute", threshold=1, locale=locale()))


def zone_name(moment: datetime) -> str:
    """The viewer's zone as it is at that moment: "Chicago time (CST)"."""
    local, spoken = _local(moment), locale()
    short = _short_zone(local, spoken)
    key = getattr(local.tzinfo, "key", "")
    if "/" not in key or key.startswith("Etc/"):
        return short
    # CLDR names some cities with their country: "Argentina/Buenos Aires".
    city = get_timezone_location(local, locale=spoken, return_city=True).rpartition("/")[2]
    return _("%(city)s time (%(short)s)", city=city, short=short)


# A class page says a hundred moments, most of them of a few days; each takes longer to say than to look up.


@lru_cache(maxsize=2048)
def _when(date: date, time: time, locale: Locale) -> str:
    return _joined(_day(date, locale), _clock(time, locale), locale)


@lru_cache(maxsize=1024)
def _day(date: date, locale: Locale) -> str:
    return format_skeleton("MMMEd", datetime.combine(date, time()), locale=locale)


@lru_cache(maxsize=2048)
def _clock(time: time, locale: Locale) -> str:
    words = format_time(time, "short", locale=locale)
    # CLDR writes English times in capitals with a narrow space; the house sets nothing in capitals.
    return words.replace("\u202f", " ").lower() if locale.language == "en" else words


def _minute(local: datetime) -> time:
    """Nobody is told seconds."""
    return time(local.hour, local.minute)


def _joined(date: str, time: str, locale: Locale) -> str:
    pattern = str(get_datetime_format("medium", locale))
    return pattern.replace("'", "").replace("{1}", date).replace("{0}", time)


def _short_zone(local: datetime, locale: Locale) -> str:
    """The letters people know where there are some ("CST", "CET"), else the offset ("GMT+05:45")."""
    letters = get_timezone_name(local, "short", locale=locale)
    if letters.isascii() and not letters.isalpha() and letters[:1] in "+-":
        letters = local.tzname() or ""
    return letters if letters[:1].isalpha() else get_timezone_gmt(local, locale=locale)


def _local(moment: datetime) -> datetime:
    """The moment in the viewer's zone.

    Raises:
        ValueError: the moment is naive; guessing its zone would show a wrong deadline.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a zone: {moment}")
    return moment.astimezone(ZoneInfo(g.get("zone") or "UTC"))

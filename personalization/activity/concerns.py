"""What a teacher should look at before students do: named, never forbidden."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from personalization.activity.model import Activity, Option
from ui.text import points


@dataclass(frozen=True)
class Concern:
    """`target` is the id of the control to go to, `words` what is the matter, `more` why it matters."""

    target: str
    words: str
    more: str


def concerns(activity: Activity) -> list[Concern]:
    """Criteria that an option gives no way to show, then options that ask for unequal effort."""
    return _gaps(activity) + _unequal_effort(activity)


def _gaps(activity: Activity) -> list[Concern]:
    options, criteria = activity.designed_options, activity.criteria
    return [
        Concern(
            f"options-{options.index(option)}-cover-{criteria.index(criterion)}-shown",
            _(
                "%(option)s gives no way to show “%(criterion)s”.",
                option=_name(activity, option),
                criterion=criterion.name,
            ),
            _(
                "Students on it could lose %(some)s of %(all)s points without a chance. Add a way, or leave it so.",
                some=points(criterion.points),
                all=points(activity.rubric.points),
            ),
        )
        for option, criterion in activity.gaps()
    ]


def _unequal_effort(activity: Activity) -> list[Concern]:
    pair = activity.uneven()
    if pair is None:
        return []
    short, long = pair
    words = _("%(long)s takes about %(more)s minutes, %(short)s only %(less)s.", long=_name(activity, long),
              more=long.minutes, short=_name(activity, short), less=short.minutes)  # fmt: skip
    target = f"options-{activity.designed_options.index(long)}-minutes"
    return [Concern(target, words, _("Ways that lead to the same points should ask for about the same effort."))]


def _name(activity: Activity, option: Option) -> str:
    return option.title or _("Way %(letter)s", letter=activity.letter(option))

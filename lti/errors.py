"""What can go wrong on the way in, in words for the person who can mend it: mostly the LMS's admin."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask_babel import gettext as _

from engine.errors import ForPeople
from lti.storage import Errand


class LaunchRefused(ForPeople):
    """A launch that cannot be believed. `status` is 400 for a broken message, 401 for one that proves nothing, 403 for
    a platform or installation that nobody registered."""

    def __init__(self, message: str, *, now: str = "", status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(_("This launch can’t be accepted"), message, now=now or _("Give this page to your LMS admin."))
        self.status = status


class OpenAgain(ForPeople):
    """Nothing is wrong with the set-up; this one launch is used up."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            _("Open the activity again"),
            message or _("This way in was used already, or it took too long."),
            now=_("Go back to your course page and open it from there. What you saved is kept."),
        )
        self.status = HTTPStatus.BAD_REQUEST


class CookiesWithheld(Exception):
    """Nothing shows that this browser began the login. `login` are the parameters to try again with, {} if they are
    gone; `errand` is what may be tried before (lti/storage.py)."""

    def __init__(self, login: Mapping[str, str], errand: Errand | None = None) -> None:
        super().__init__("state cookie absent")
        self.login, self.errand = login, errand


class PostAgain(Exception):
    """`form` has to come once more, from a page of ours."""

    def __init__(self, form: Mapping[str, str]) -> None:
        super().__init__("posted from another site")
        self.form = form


class RegistrationRefused(ForPeople):
    """The platform or we could not register; the invite is not spent."""

    for_admins = True

    def __init__(self, message: str, now: str = "") -> None:
        super().__init__(_("Registration did not work"), message, now=now or _("The invite is still good: try again."))

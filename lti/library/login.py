"""The library's half of a third-party initiated login (LTI 1.3 on OpenID Connect); ours is lti/login.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _
from pylti1p3.contrib.flask.cookie import FlaskCookieService
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.exception import OIDCException

from lti.errors import LaunchRefused
from lti.known import Lately
from lti.library.tool_conf import NoSession, PlatformRegistration, ToolConf
from lti.models.platform import Platform


class Login(FlaskOIDCLogin):
    """The library's answer to a third-party initiated login, with our state and nonce in it.

    Closes: a state that says nothing, a nonce bound to nothing, and an authorisation address with a query, which the
    library breaks by a second "?".
    """

    def __init__(
        self,
        login: Mapping[str, str],
        state_for: Callable[[Platform], str],
        nonce_for: Callable[[str], str],
        lately: Lately | None = None,
    ) -> None:
        # The library's Flask parts have no types. It is told all that it would ask Flask for.
        asked = FlaskRequest({}, {}, login, True)  # type: ignore[no-untyped-call]
        cookies = FlaskCookieService(asked)  # type: ignore[no-untyped-call]
        super().__init__(asked, ToolConf(lately), NoSession(), cookies)  # type: ignore[no-untyped-call]
        self._state_for, self._nonce_for = state_for, nonce_for
        self.state = ""

    def address(self, launch_url: str) -> str:
        """Where to send the browser.

        Raises:
            LaunchRefused
        """
        try:
            made: str = self._prepare_redirect_url(launch_url)
        except OIDCException as missing:
            raise LaunchRefused(_("The LMS’s login request is incomplete: %(what)s.", what=missing)) from missing
        base = self._registration.get_auth_login_url() or ""
        return base + ("&" if "?" in base else "?") + made.removeprefix(base + "?")

    @property
    def platform(self) -> Platform:
        """Whose login it is, once `address` has found it."""
        assert isinstance(self._registration, PlatformRegistration)  # noqa: S101  # ToolConf gives no other
        return self._registration.platform

    def _get_uuid(self) -> str:
        self.state = "state-" + self._state_for(self.platform)
        return self.state.removeprefix("state-")

    def _generate_nonce(self) -> str:
        return self._nonce_for(self.state)

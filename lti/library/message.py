"""The library's checks of what a platform signed: a launch, and by lti/notices.py a notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from pylti1p3.contrib.flask.cookie import FlaskCookieService
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.exception import LtiException
from requests import Session

from lti import quirks
from lti.errors import LaunchRefused, OpenAgain
from lti.id_token import CLAIM, ENDPOINT, SETTINGS, Malformed, read
from lti.known import Known
from lti.library.tool_conf import NoSession, PlatformRegistration, ToolConf
from lti.models.platform import Platform
from lti.outgoing import origin_of

LEEWAY_SECONDS = 60
# Header members that we do not know are no fault (RFC 7515); those that must be understood (crit) were refused before.
RS256 = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
NO_NETWORK = Session()  # of requests: the library makes one for each launch otherwise, and ours asks nobody by it


@dataclass(frozen=True)
class Proof:
    """What the chain asks of others: `check_state` believes the state and gives (issuer, client_id, nonce);
    `public_key` finds the platform's key for a kid. Neither writes: the chain leaves no trace of what it refuses."""

    check_state: Callable[[str], tuple[str, str, str]]
    public_key: Callable[[Platform, str], RSAKey]


class Message(FlaskMessageLaunch):
    """The library's chain of checks over an id_token (LTI 1.3 Core and the OIDC parts of the Security Framework)."""

    def __init__(self, proof: Proof, form: Mapping[str, str]) -> None:
        """`form`: what was posted with the token."""
        # The library's Flask parts have no types. It is told all that it would ask Flask for, though it has no use for
        # the cookies and sets none.
        asked = FlaskRequest({}, {}, form, True)  # type: ignore[no-untyped-call]
        cookies = FlaskCookieService(asked)  # type: ignore[no-untyped-call]
        self._conf = ToolConf()
        super().__init__(  # type: ignore[no-untyped-call]
            asked, self._conf, NoSession(), cookies, requests_session=NO_NETWORK
        )
        self._proof = proof
        self._form = form
        self._promised = ("", "", "")

    @property
    def claims(self) -> dict[str, Any]:
        return dict(self._jwt["body"])

    @property
    def known(self) -> Known:
        """What is here of all that the launch names."""
        assert self._conf.known is not None  # noqa: S101  # validate_registration set it
        return self._conf.known

    @property
    def platform(self) -> Platform:
        assert isinstance(self._registration, PlatformRegistration)  # noqa: S101  # validate_registration set it
        return self._registration.platform

    def check(self) -> Message:
        """Run the whole chain.

        Raises:
            LaunchRefused, OpenAgain, CookiesWithheld
        """
        try:
            self.validate()
        except (LtiException, Malformed) as wrong:
            raise LaunchRefused(_("The LMS’s message is not a whole LTI 1.3 launch: %(what)s.", what=wrong)) from wrong
        return self

    def validate_state(self) -> Message:
        self._promised = self._proof.check_state(self._form.get("state", ""))
        return self

    def validate_jwt_format(self) -> Message:
        """Closes: parts read leniently, claims of any type."""
        parts: Any = dict(zip(("header", "body"), read(self._get_id_token()), strict=True))
        self._jwt = parts
        return self

    def validate_nonce(self) -> Message:
        """Closes: a nonce that was only asked to be there."""
        nonce = self.claims.get("nonce")
        if not nonce:
            raise LtiException("nonce is missing")
        if nonce != self._promised[2]:
            raise OpenAgain(_("This launch belongs to another login."))
        return self

    def get_client_id(self) -> str:
        """Closes: an `aud` of several with a foreign `azp` was accepted (OpenID Connect Core, ID Token Validation)."""
        said, azp = self.claims.get("aud"), self.claims.get("azp")
        aud = [said] if isinstance(said, str) else said
        if not isinstance(aud, list) or not aud or not all(isinstance(one, str) for one in aud):
            raise LtiException("aud is missing")
        if azp is None and len(aud) > 1:
            raise LtiException("several aud and no azp")
        if azp is not None and azp not in aud:
            raise LtiException("azp is not among aud")
        return str(azp or aud[0])

    def validate_registration(self) -> Message:
        super().validate_registration()
        if (self.platform.issuer, self.platform.client_id) != self._promised[:2]:
            raise LaunchRefused(
                _("The login and the launch come from different registrations."), status=HTTPStatus.UNAUTHORIZED
            )
        return self

    def validate_jwt_signature(self) -> Message:
        """Closes: keys fetched at every launch, errors cached, any algorithm that the platform's key set names, `exp`
        that could be absent, clocks that had to agree to the second. The claims were read; what is left is to verify
        the very text that they were read from."""
        header: Mapping[str, Any] = self._jwt["header"]
        kid = header.get("kid")
        if header.get("alg") != "RS256":
            raise LaunchRefused(_("The LMS did not sign with RS256."), status=HTTPStatus.UNAUTHORIZED)
        if not isinstance(kid, str) or not kid:
            raise LaunchRefused(_("The LMS did not say which key signed (kid)."), status=HTTPStatus.UNAUTHORIZED)
        try:
            jws.deserialize_compact(self._get_id_token(), self._proof.public_key(self.platform, kid), registry=RS256)
        except (JoseError, ValueError) as bad:
            raise LaunchRefused(
                _("The signature is not the LMS’s."),
                now=_("LMS admin: compare the key set address (JWKS URL) in the registration."),
                status=HTTPStatus.UNAUTHORIZED,
            ) from bad
        must = ClaimsOption(essential=True)
        registry = JWTClaimsRegistry(leeway=LEEWAY_SECONDS, iss=must, exp=must, iat=must, nonce=must)
        try:
            registry.validate(self.claims)
        except JoseError as bad:
            raise _out_of_time(bad.description) from bad
        if self.claims["exp"] < self.claims["iat"]:
            raise _out_of_time("exp is before iat")
        return self

    def validate_message(self) -> Message:
        """Closes: a submission review of Moodle's that names no column was refused; what we show is found without."""
        said: Any = self.claims
        named: Any = said
        if ENDPOINT in said and quirks.leaves_out_the_column(self.platform):
            named = said | {ENDPOINT: {"lineitem": "", **said[ENDPOINT]}}
        self._jwt["body"] = named
        super().validate_message()
        self._jwt["body"] = said
        if not self.claims.get(CLAIM + "target_link_uri"):
            raise LtiException("target_link_uri is missing")
        if SETTINGS in self.claims and not origin_of(str(self.claims[SETTINGS].get("deep_link_return_url"))):
            raise LtiException("deep_link_return_url is missing, or no address of a page")
        return self

    def save_launch_data(self) -> Message:
        """Nothing is kept in the browser: the launch becomes rows."""
        return self


def _out_of_time(what: str) -> LaunchRefused:
    return LaunchRefused(
        _("The launch is out of its time or lacks a claim: %(what)s.", what=what),
        now=_("Open the activity again. LMS admin: compare the clocks of both servers."),
        status=HTTPStatus.UNAUTHORIZED,
    )

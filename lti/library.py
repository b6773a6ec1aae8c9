"""The only import of pylti1p3: our tables as its tool config, its chain of checks with the gaps closed.

Each override says which fault of 2.0.0 it closes; the tests hold every one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import request
from flask_babel import gettext as _
from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from pylti1p3.contrib.flask.cookie import FlaskCookieService
from pylti1p3.contrib.flask.message_launch import FlaskMessageLaunch
from pylti1p3.contrib.flask.oidc_login import FlaskOIDCLogin
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.deployment import Deployment as LibraryDeployment
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem as LibraryLineItem
from pylti1p3.registration import Registration
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lti import quirks
from lti.errors import LaunchRefused, OpenAgain
from lti.id_token import CLAIM, DEEP_LINKING, ENDPOINT, SETTINGS, Malformed, read
from lti.keys import SigningKey
from lti.models import Deployment, Platform
from lti.outgoing import origin_of
from lti.storable import without_nul

LEEWAY_SECONDS = 60


class PlatformRegistration(Registration):
    """A platform's row, and the pair that signs for us now, in the library's terms."""

    def __init__(self, platform: Platform, key: SigningKey | None = None) -> None:
        self.platform = platform
        self._key = key
        self.set_issuer(platform.issuer).set_client_id(platform.client_id)
        self.set_auth_login_url(platform.auth_login_url).set_auth_token_url(platform.auth_token_url)
        self.set_key_set_url(platform.jwks_url)
        if key:
            self.set_tool_private_key(key.private_pem)

    def get_kid(self) -> str | None:
        return self._key.kid if self._key else None


class ToolConf(ToolConfAbstract[FlaskRequest]):
    """Closes `issuers_relation_types`, a dict that all configs share: every issuer may have many clients.

    What was found stands for the request: the library asks for the same again and again.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: PlatformRegistration | None = None
        self._deployed = False

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> PlatformRegistration:
        return self.find_registration_by_params(iss, "")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> PlatformRegistration:
        """The platform of this issuer and client.

        LTI lets a login omit the client_id: then the only one that there is, or the only one with the deployment named.

        Raises:
            LaunchRefused: nobody registered it, or the issuer alone does not say which.
        """
        deployment_id = _deployment_named(kwargs.get("request"), kwargs.get("jwt_body"))
        named = self._platforms(iss, client_id or "", deployment_id)
        found = named if len(named) == 1 else [(platform, deployed) for platform, deployed in named if deployed]
        if len(found) == 1:
            platform, self._deployed = found[0]
            self._found = PlatformRegistration(platform)
            return self._found
        if named:
            raise LaunchRefused(
                _("%(issuer)s is registered more than once, and the LMS did not say which (client_id).", issuer=iss),
                now=_(
                    "LMS admin: have the LMS send the client ID along (client_id), or register the deployment that it "
                    "names (lti_deployment_id) with one of them only."
                ),
            )
        raise LaunchRefused(
            _("Nobody registered %(issuer)s with client ID “%(client)s” here.", issuer=iss, client=client_id or "–"),
            now=_("LMS admin: register the tool again, or compare the client ID."),
            status=HTTPStatus.FORBIDDEN,
        )

    def find_deployment(self, iss: str, deployment_id: str) -> LibraryDeployment:
        return self.find_deployment_by_params(iss, deployment_id, "")

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> LibraryDeployment:
        """The deployment of the registration found before: a known one, or any where the platform was registered so.

        Raises:
            LaunchRefused: this installation is not known.
        """
        if self._found is None or not (self._deployed or self._found.platform.any_deployment):
            raise LaunchRefused(
                _("The LMS sent deployment “%(id)s”, which is not registered here.", id=deployment_id),
                now=_("LMS admin: add this deployment ID to the registration."),
                status=HTTPStatus.FORBIDDEN,
            )
        return LibraryDeployment().set_deployment_id(deployment_id)

    def _platforms(self, iss: str, client_id: str, deployment_id: str) -> list[tuple[Platform, bool]]:
        """Each platform of this name, with whether it has that deployment."""
        if "\0" in iss + client_id:  # PostgreSQL would not even look
            return []
        here = and_(Deployment.platform_id == Platform.id, Deployment.deployment_id == without_nul(deployment_id))
        query = select(Platform, Deployment.id).outerjoin(Deployment, here).where(Platform.issuer == iss)
        if client_id:
            query = query.where(Platform.client_id == client_id)
        return [(platform, row_id is not None) for platform, row_id in self._session.execute(query)]


def _deployment_named(asked: FlaskRequest | None, said: Mapping[str, Any] | None) -> str:
    """The deployment that a login or a launch names; Canvas (seen) calls it `deployment_id` in its login."""
    if said is not None:
        return str(said.get(CLAIM + "deployment_id") or "")
    names = ("lti_deployment_id", "deployment_id") if asked else ()
    return next(filter(None, map(asked.get_param, names)), "") if asked else ""


class _NoSession(SessionService):
    """The library's session keeps whole launches in the browser's cookie; our rows make that needless."""

    def __init__(self) -> None:
        pass

    def save_nonce(self, nonce: str) -> None:
        """Nothing: the nonce follows from the state, which is signed."""


class Login(FlaskOIDCLogin):
    """The library's answer to a third-party initiated login, with our state and nonce in it.

    Closes: a state that says nothing, a nonce bound to nothing, and an authorisation address with a query, which the
    library breaks by a second "?".
    """

    def __init__(
        self,
        session: Session,
        login: Mapping[str, str],
        state_for: Callable[[Platform], str],
        nonce_for: Callable[[str], str],
    ) -> None:
        # The library's Flask parts have no types.
        asked = FlaskRequest(session={}, request_data=login)  # type: ignore[no-untyped-call]
        cookies = FlaskCookieService(asked)  # type: ignore[no-untyped-call]
        super().__init__(asked, ToolConf(session), _NoSession(), cookies)  # type: ignore[no-untyped-call]
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


@dataclass(frozen=True)
class Proof:
    """What the chain asks of others: `check_state` believes the state and gives (issuer, client_id, nonce);
    `public_key` finds the platform's PEM for a kid. Neither writes: the chain leaves no trace of what it refuses."""

    check_state: Callable[[str], tuple[str, str, str]]
    public_key: Callable[[Platform, str], str]


class Message(FlaskMessageLaunch):
    """The library's chain of checks over an id_token (LTI 1.3 Core and the OIDC parts of the Security Framework)."""

    def __init__(self, session: Session, proof: Proof) -> None:
        asked = FlaskRequest(session={})  # type: ignore[no-untyped-call]  # the library's Flask parts have no types
        cookies = FlaskCookieService(asked)  # type: ignore[no-untyped-call]
        super().__init__(asked, ToolConf(session), _NoSession(), cookies)  # type: ignore[no-untyped-call]
        self._proof = proof
        self._promised = ("", "", "")
        # Claims are checked below, those of time with leeway: the library has none.
        checked_here = ("verify_aud", "verify_exp", "verify_iat", "verify_nbf", "verify_sub", "verify_jti")
        self.set_jwt_verify_options(dict.fromkeys(checked_here, False))

    @property
    def claims(self) -> dict[str, Any]:
        return dict(self._jwt["body"])

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
        self._promised = self._proof.check_state(request.form.get("state", ""))
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

    def get_public_key(self) -> tuple[str, str]:
        """Closes: keys fetched at every launch, errors cached, any algorithm that the platform's key set names."""
        header: Mapping[str, Any] = self._jwt["header"]
        kid = header.get("kid")
        if header.get("alg") != "RS256":
            raise LaunchRefused(_("The LMS did not sign with RS256."), status=HTTPStatus.UNAUTHORIZED)
        if not isinstance(kid, str) or not kid:
            raise LaunchRefused(_("The LMS did not say which key signed (kid)."), status=HTTPStatus.UNAUTHORIZED)
        return self._proof.public_key(self.platform, kid), "RS256"

    def validate_jwt_signature(self) -> Message:
        """Closes: `exp` could be absent, and clocks had to agree to the second."""
        try:
            super().validate_jwt_signature()
        except LtiException as bad:
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


class _Resource(DeepLinkResource):
    """An item with the members that the library leaves out."""

    def __init__(self, members: Mapping[str, Any]) -> None:
        line_item = members.get("lineItem")
        self.set_url(members["url"]).set_title(members["title"]).set_custom_params(members.get("custom", {}))
        if line_item:
            self.set_lineitem(LibraryLineItem(line_item))
        self._more = {k: v for k, v in members.items() if k not in {"url", "title", "custom", "lineItem"}}

    def to_dict(self) -> dict[str, object]:
        return {**super().to_dict(), **self._more}


class _Reply(DeepLink):
    """Closes: `data` was sent back as null where the request had none."""

    def __init__(self, registration: PlatformRegistration, deployment: str, settings: Any, said: str) -> None:
        super().__init__(registration, deployment, settings)
        self._said = said

    def get_message_jwt(self, resources: Sequence[DeepLinkResource]) -> dict[str, object]:
        message = super().get_message_jwt(resources)
        if "data" not in self._deep_link_settings:
            del message[DEEP_LINKING + "data"]
        if self._said:
            message[DEEP_LINKING + "msg"] = self._said
        return message


def deep_link_jwt(
    platform: Platform, deployment: str, key: SigningKey, settings: Any, items: Sequence[Mapping[str, Any]], said: str
) -> str:
    """A signed LtiDeepLinkingResponse. An item is a dict of the members of LTI Deep Linking 2.0, LTI Resource Link."""
    registration = PlatformRegistration(platform, key)
    return _Reply(registration, deployment, settings, said).get_response_jwt([_Resource(item) for item in items])


def score_body(
    user_id: str, timestamp: str, activity: str, grading: str, given: float | None, maximum: float | None,
    comment: str, more: Mapping[str, Any],
) -> str:  # fmt: skip
    """A score as JSON (LTI-AGS 2.0, Score publish service); what is None or "" is left out.

    `timestamp` is our own text: the library's has no milliseconds and raises on a datetime.
    """
    grade = Grade().set_user_id(user_id).set_timestamp(timestamp)
    grade.set_activity_progress(activity).set_grading_progress(grading).set_extra_claims(more)
    if given is not None and maximum is not None:
        grade.set_score_given(given).set_score_maximum(maximum)
    if comment:
        grade.set_comment(comment)
    return grade.get_value()

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
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti.errors import LaunchRefused, OpenAgain
from lti.keys import SigningKey
from lti.models import Deployment, Platform
from lti.outgoing import origin_of
from lti.records import ensure
from lti.storable import fault_in, without_nul

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = DEEP_LINKING + "deep_linking_settings"
ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NAMES_AND_ROLES = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
LEEWAY_SECONDS = 60

# Claims that are JSON objects; null means absent (Canvas sends it).
OBJECTS = [CLAIM + name for name in ("resource_link", "context", "custom", "launch_presentation", "tool_platform",
                                     "for_user", "lis")] + [SETTINGS, ENDPOINT, NAMES_AND_ROLES]  # fmt: skip

# Identifiers inside those objects.
IDENTIFIERS = [(CLAIM + "context", "id"), (CLAIM + "resource_link", "id")]


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
    """Closes `issuers_relation_types`, a dict that all configs share: every issuer may have many clients."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> PlatformRegistration:
        return self.find_registration_by_params(iss, "")

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> PlatformRegistration:
        """The platform of this issuer and client; without a client_id (LTI lets a login omit it) the only one there is.

        Raises:
            LaunchRefused: nobody registered it, or the issuer alone does not say which.
        """
        query = select(Platform).where(Platform.issuer == without_nul(iss))
        if client_id:
            query = query.where(Platform.client_id == without_nul(client_id))
        found = self._session.scalars(query.limit(2)).all()
        if len(found) == 1:
            return PlatformRegistration(found[0])
        if found:
            raise LaunchRefused(
                _("%(issuer)s is registered more than once, and the LMS did not say which (client_id).", issuer=iss)
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
        """A known deployment, or a new one where the platform was registered for any.

        Raises:
            LaunchRefused: this installation is not known.
        """
        platform = self.find_registration_by_params(iss, client_id).platform
        key: dict[str, Any] = {"platform_id": platform.id, "deployment_id": deployment_id}
        if platform.any_deployment:
            ensure(self._session, Deployment, **key)
        elif self._session.scalar(select(Deployment).filter_by(**key)) is None:
            raise LaunchRefused(
                _("The LMS sent deployment “%(id)s”, which is not registered here.", id=deployment_id),
                now=_("LMS admin: add this deployment ID to the registration."),
                status=HTTPStatus.FORBIDDEN,
            )
        return LibraryDeployment().set_deployment_id(deployment_id)


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

    def __init__(self, session: Session, state_for: Callable[[Platform], str], nonce_for: Callable[[str], str]) -> None:
        asked = FlaskRequest(session={})  # type: ignore[no-untyped-call]  # the library's Flask parts have no types
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

    def _get_uuid(self) -> str:
        registration = self._registration
        assert isinstance(registration, PlatformRegistration)  # noqa: S101  # ToolConf gives no other
        self.state = "state-" + self._state_for(registration.platform)
        return self.state.removeprefix("state-")

    def _generate_nonce(self) -> str:
        return self._nonce_for(self.state)


@dataclass(frozen=True)
class Proof:
    """What the chain asks of others: `check_state` believes the state, spends its nonce and gives (issuer, client_id,
    nonce); `public_key` finds the platform's PEM for a kid."""

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
        # Claims of time are checked below, with leeway: the library has none.
        self.set_jwt_verify_options(dict.fromkeys(("verify_aud", "verify_exp", "verify_iat", "verify_nbf"), False))

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
        except LtiException as wrong:
            raise LaunchRefused(_("The LMS’s message is not a whole LTI 1.3 launch: %(what)s.", what=wrong)) from wrong
        return self

    def validate_state(self) -> Message:
        self._promised = self._proof.check_state(request.form.get("state", ""))
        return self

    def validate_jwt_format(self) -> Message:
        super().validate_jwt_format()
        decoded: dict[str, Any] = dict(self._jwt)
        header, body = decoded.get("header"), decoded.get("body")
        if not isinstance(header, dict) or not isinstance(body, dict):
            raise LtiException("the id_token is no JSON object")
        for name in OBJECTS:
            if body.get(name, {}) is None:
                del body[name]
            elif not isinstance(body.get(name, {}), dict):
                raise LtiException(f"{name} is no object")
        for name in ("iss", "nonce", "sub", CLAIM + "deployment_id", CLAIM + "target_link_uri", CLAIM + "message_type"):
            if body.get(name) is not None and not isinstance(body[name], str):
                raise LtiException(f"{name} is no text")
        if not isinstance(body.get(CLAIM + "roles", []), list):
            raise LtiException("roles is no list")
        if fault := fault_in(body, [("sub",), (CLAIM + "deployment_id",), *IDENTIFIERS]):
            raise LtiException(fault)
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
            raise LaunchRefused(
                _("The launch is out of its time or lacks a claim: %(what)s.", what=bad),
                now=_("Open the activity again. LMS admin: compare the clocks of both servers."),
                status=HTTPStatus.UNAUTHORIZED,
            ) from bad
        return self

    def validate_message(self) -> Message:
        super().validate_message()
        if not self.claims.get(CLAIM + "target_link_uri"):
            raise LtiException("target_link_uri is missing")
        if SETTINGS in self.claims and not origin_of(str(self.claims[SETTINGS].get("deep_link_return_url"))):
            raise LtiException("deep_link_return_url is missing, or no address of a page")
        return self

    def save_launch_data(self) -> Message:
        """Nothing is kept in the browser: the launch becomes rows."""
        return self


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

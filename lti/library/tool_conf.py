"""Our tables in the place of the library's own stores: who is registered, and nothing kept in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask_babel import gettext as _
from pylti1p3.contrib.flask.request import FlaskRequest
from pylti1p3.deployment import Deployment as LibraryDeployment
from pylti1p3.registration import Registration
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from engine.db import db
from lti.errors import LaunchRefused
from lti.keys import SigningKey
from lti.known import Known, Lately, for_launch, registered
from lti.models.platform import Platform
from lti.wiring import wiring


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

    What was found stands for the request: the library asks for the same again and again. A launch finds with its
    platform whatever else it names (`known`); a login may go by what `lately` was found for another.
    """

    def __init__(self, lately: Lately | None = None) -> None:
        self._lately = lately
        self._found: PlatformRegistration | None = None
        self._deployed = False
        self.known: Known | None = None

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
        said = kwargs.get("jwt_body")
        if said is not None:
            named = self._named_by(iss, client_id or "", said)
        else:
            named = self._platforms(iss, client_id or "", _deployment_named(kwargs.get("request")))
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
        if self._lately is not None:
            return self._lately.registered(iss, client_id, deployment_id)
        return registered(db.session, iss, client_id, deployment_id)

    def _named_by(self, iss: str, client_id: str, said: Mapping[str, Any]) -> list[tuple[Platform, bool]]:
        self.known = for_launch(db.session, wiring().launch_query, iss, client_id, dict(said))
        return [] if self.known is None else [(self.known.platform, self.known.deployment is not None)]


def _deployment_named(asked: FlaskRequest | None) -> str:
    """The deployment that a login names; Canvas (seen) calls it `deployment_id` there."""
    names = ("lti_deployment_id", "deployment_id") if asked else ()
    return next(filter(None, map(asked.get_param, names)), "") if asked else ""


class NoSession(SessionService):
    """The library's session keeps whole launches in the browser's cookie; our rows make that needless."""

    def __init__(self) -> None:
        pass

    def save_nonce(self, nonce: str) -> None:
        """Nothing: the nonce follows from the state, which is signed."""

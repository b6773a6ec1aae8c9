"""The only import of lti1p3platform: others' reading of the platform side, so that the tool meets one it did not write.

Where that library is lax, its callers here check first: redirect_uri and login_hint in auth.py, `aud`, `jti` and scopes
in token.py, `iss`, `aud` and nonce of a deep-linking reply in deep_linking.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lti1p3platform.exceptions import LtiDeepLinkingResponseException, LtiException
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.registration import Registration

from demo.store import Tool


class Unproven(Exception):
    """A token that does not prove what it says; the text says why."""


def make_key() -> str:
    """An RSA private key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode()


def public_keys(private_key: str) -> dict[str, Any]:
    """The platform's JWKS."""
    return {"keys": [_public_key(private_key)]}


def sign_launch(
    tool: Tool, issuer: str, private_key: str, *, target: str, nonce: str, claims: dict[str, Any], seconds: int
) -> str:
    """An id_token of LTI 1.3, living that many seconds. `claims` win over what the library fills in."""
    registration = _registration(issuer, private_key, tool)
    message = _Launch(None, _Platform(registration=registration))
    message._registration = registration
    message.set_launch_url(target)
    message.set_extra_claims(claims)
    body = message.get_launch_message() | {"nonce": nonce}
    return str(registration.platform_encode_and_sign(body, expiration=seconds))


def sign_notice(tool: Tool, issuer: str, private_key: str, claims: dict[str, Any], seconds: int) -> str:
    """A notice of LTI Platform Notification Service 1.0: a launch's claims without a person, its place or a login."""
    registration = _registration(issuer, private_key, tool)
    body = claims | {"iss": issuer, "aud": tool.client_id, "azp": tool.client_id}
    return str(registration.platform_encode_and_sign(body, expiration=seconds))


def read_tool_jwt(tool: Tool, token: str) -> dict[str, Any]:
    """The claims of a JWT that this tool signed: signature by its JWKS, exp, nbf and iat checked, aud not.

    Raises:
        Unproven: it did not sign this, or not now.
    """
    try:
        claims: dict[str, Any] = _Platform(registration=_registration("", "", tool)).tool_validate_and_decode(token)
    except (LtiException, LtiDeepLinkingResponseException, jwt.PyJWTError, ValueError, KeyError, TypeError) as error:
        raise Unproven(f"{type(error).__name__}: {error}") from error
    return claims


def unverified_issuer(token: str) -> str:
    """Who a JWT says signed it, unproven: only to know whose key to try."""
    try:
        return str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError:
        return ""


def access_token(tool: Tool, issuer: str, private_key: str, scopes: Sequence[str]) -> dict[str, Any]:
    """The token endpoint's answer (RFC 6749 §5.1); the caller has read the assertion and granted the scopes."""
    words = " ".join(scopes)
    token = Registration.encode_and_sign(
        {"sub": tool.client_id, "iss": issuer, "scopes": words}, _loaded(private_key), expiration=3600
    )
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": words}


def read_access_token(token: str, issuer: str, private_key: str) -> tuple[str, set[str]]:
    """(client_id, scopes) of a token of ours that is still good.

    Raises:
        Unproven: not ours, or over.
    """
    try:
        claims = Registration.decode_and_verify(token, _public_half(private_key))
    except jwt.PyJWTError as error:
        raise Unproven(str(error)) from error
    if claims.get("iss") != issuer:
        raise Unproven("another platform's token")
    return str(claims["sub"]), set(str(claims["scopes"]).split())


@lru_cache
def _loaded(private_key: str) -> Any:
    """The key as an object, which the library takes as well; kept, since reading the text costs 30 ms."""
    return serialization.load_pem_private_key(private_key.encode(), password=None)


@lru_cache
def _public_half(private_key: str) -> str:
    """PEM of PEM."""
    public_key = _loaded(private_key).public_key()
    return str(
        public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
    )


@lru_cache
def _public_key(private_key: str) -> dict[str, Any]:
    """The JWK whose kid every id_token names."""
    key: dict[str, Any] = Registration.get_jwk(_public_half(private_key))
    return key


def _registration(issuer: str, private_key: str, tool: Tool) -> Any:
    registration = _Keyed().set_iss(issuer)
    if private_key:
        registration.set_platform_private_key(_loaded(private_key))
        registration.kid = _public_key(private_key)["kid"]
    registration.set_client_id(tool.client_id).set_deployment_id(tool.deployment_id)
    registration.set_launch_url(tool.target_link_uri).set_deeplink_launch_url(tool.deep_link_uri)
    return registration.set_oidc_login_url(tool.login_url).set_tool_key_set_url(tool.jwks_uri)


class _Keyed(Registration):  # type: ignore[misc]  # the library ships no types
    """Its own get_kid reads the private key's text anew at every launch."""

    kid: str | None = None

    def get_kid(self) -> str | None:
        return self.kid


class _Platform(LTI1P3PlatformConfAbstract):  # type: ignore[misc]  # the library ships no types
    def init_platform_config(self, **kwargs: Any) -> None:
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **kwargs: Any) -> Any:
        return self._registration


class _Launch(LTIAdvantageMessageLaunchAbstract):  # type: ignore[misc]  # the library ships no types
    def render_launch_form(self, launch_data: dict[str, Any], **kwargs: Any) -> Any:
        raise NotImplementedError("auth.py renders it")

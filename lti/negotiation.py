"""Talking a registration over with a platform: its configuration is read and judged, ours posted (LTI Dynamic
Registration 1.0). Nothing here touches the database."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
from flask_babel import gettext as _

from lti import quirks
from lti.claims import text
from lti.errors import RegistrationRefused
from lti.outgoing import Unreachable, ask, host_of, json_of, open_session, origin_of
from lti.storable import MOST_CHARACTERS, plain
from lti.tool_configuration import family_of, registration_request

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
LONGEST_ADDRESS = 2000
LONGEST_REASON = 200
REASONS = ("error_description", "message", "error", "errors")
MOST_NESTED = 5


@dataclass(frozen=True)
class Agreed:
    """What a platform said of itself (`about`) and to our request (`answer`).

    `asked` are the scopes of the request; `origins` those that answered: of the configuration, in the end, and of the
    registration.
    """

    about: dict[str, Any]
    answer: dict[str, Any]
    asked: list[str]
    origins: frozenset[str]

    @property
    def issuer(self) -> str:
        return text(self.about, "issuer")

    @property
    def client_id(self) -> str:
        return text(self.answer, "client_id")

    @property
    def family(self) -> str:
        return family_of(self.about)

    @property
    def addresses(self) -> tuple[str, str, str]:
        """Where logins, token requests and the keys' readers go."""
        login, token, keys = (text(self.about, name) for name in ENDPOINTS[:3])
        return login, token, keys


def negotiate(configuration: str, token: str) -> Agreed:
    """Read the platform's configuration, then post ours, with its registration token as Bearer.

    Raises:
        RegistrationRefused: an address cannot be reached or believed, or the platform says no.
    """
    bearer = {"Authorization": f"Bearer {token}"} if token.isascii() and token.isprintable() and token else {}
    with open_session() as http:
        read = _ask(http, "GET", configuration, headers=bearer)
        about = _configuration(read)
        _check(about, read.url)
        request, office = registration_request(about), text(about, "registration_endpoint")
        answered = _ask(http, "POST", office, json=request, headers=bearer)
        answer = _registration(answered)
    _check_identity(about, answer)
    return Agreed(about, answer, request["scope"].split(), frozenset({origin_of(read.url), origin_of(answered.url)}))


def _ask(http: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    try:
        return ask(http, method, url, **options)
    except Unreachable as away:
        if method == "GET":
            raise RegistrationRefused(away.message) from away
        raise RegistrationRefused(  # the request may have arrived all the same
            away.message, now=_("If the LMS lists Third Option now, delete it there. Then begin again in the LMS.")
        ) from away


def _configuration(answer: requests.Response) -> dict[str, Any]:
    said = json_of(answer)
    if answer.status_code == HTTPStatus.OK and isinstance(said, dict):
        return said
    if answer.status_code != HTTPStatus.OK:
        raise _refusal(answer)
    host = host_of(answer.url)
    raise RegistrationRefused(
        _("What %(host)s shows at its configuration address is no configuration.", host=host),
        now=_("Begin in the LMS, where it asks for a registration address: it adds its own addresses to ours."),
    )


def _check(about: dict[str, Any], read_from: str) -> None:
    """The configuration must be whole, the platform's own, and send nothing a weaker way than it came itself.

    Who reads it over https knows whose it is; an address in it without https would give that up again. The issuer's
    host has to be the one that the configuration lies at (LTI Dynamic Registration 1.0, "Issuer and OpenID
    Configuration URL Match"), or one above it: else anybody's server could call itself another school's LMS.
    """
    for name in ("issuer", *ENDPOINTS):
        if not text(about, name) or (name != "issuer" and not origin_of(text(about, name))):
            raise RegistrationRefused(_("The LMS’s configuration lacks “%(name)s”.", name=name))
        if len(text(about, name)) > (MOST_CHARACTERS if name == "issuer" else LONGEST_ADDRESS):
            raise RegistrationRefused(_("“%(name)s” in the LMS’s configuration is too long.", name=name))
        if name != "issuer" and read_from.startswith("https:") and not text(about, name).startswith("https:"):
            raise RegistrationRefused(
                _("“%(name)s” in the LMS’s configuration has no https, though the LMS itself has.", name=name),
                now=_("LMS admin: correct the LMS’s own address in its settings, then begin again."),
            )
    issuer = text(about, "issuer")
    if not _is_own_name(issuer, read_from) and not quirks.shares_its_issuer(family_of(about), issuer):
        raise RegistrationRefused(
            _(
                "%(host)s calls itself “%(issuer)s”, which is somebody else’s name.",
                host=host_of(read_from),
                issuer=issuer,
            ),
            now=_("If this is right, whoever runs this tool registers it by hand with “flask lti add-platform”."),
        )


def _is_own_name(issuer: str, read_from: str) -> bool:
    if not origin_of(issuer):
        return False
    name, host = host_of(issuer), host_of(read_from)
    is_number = host.replace(".", "").isdigit()  # 0.0.1 is nothing above 127.0.0.1
    return host == name or (not is_number and host.endswith(f".{name}"))


def _check_identity(about: dict[str, Any], answer: dict[str, Any]) -> None:
    client_id = text(answer, "client_id")
    if not client_id or client_id != answer["client_id"].strip():  # kept as it is, or not at all
        raise RegistrationRefused(_("The LMS answered without a client ID."))
    if len(client_id) > MOST_CHARACTERS:
        raise RegistrationRefused(_("The LMS’s client ID is too long."))


def _registration(answer: requests.Response) -> dict[str, Any]:
    """Moodle (seen) answers 200, the specification 201."""
    said = json_of(answer)
    if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
        raise _refusal(answer)
    if not isinstance(said, dict):
        raise RegistrationRefused(_("The LMS answered with something that is no registration."))
    return said


def _refusal(answer: requests.Response) -> RegistrationRefused:
    """Moodle (seen) refuses with a bare word or a whole page, Canvas (read) with JSON of several shapes."""
    status, word = answer.status_code, _word(answer)
    again = _("Begin again in the LMS with the same invite: it is still good.")
    if word in {"token_already_used", "missing_registration_token"} or (not word and status in {401, 403, 404}):
        why = _("The LMS’s own registration link was used already, or is too old (answer %(status)s).", status=status)
        return RegistrationRefused(f"{why} {word}".strip(), now=again)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        why = _("The LMS has a fault (answer %(status)s).", status=status)
        return RegistrationRefused(f"{why} {word}".strip(), now=again)
    if status >= HTTPStatus.MULTIPLE_CHOICES and status < HTTPStatus.BAD_REQUEST:
        return RegistrationRefused(_("The LMS sent us on to another address, which a registration does not follow."))
    return RegistrationRefused(
        _("The LMS refused: %(why)s (answer %(status)s).", why=word or _("no reason given"), status=status),
        now=_("If its own settings do not explain this, tell whoever runs this tool. The invite is still good."),
    )


def _word(answer: requests.Response) -> str:
    """The reason that a refusal names; a bare word helps an admin, a whole page does not."""
    said = json_of(answer)
    if isinstance(said, dict | list):
        return plain(_reason_in(said))[:LONGEST_REASON]
    bare = answer.content[: LONGEST_REASON + 1].decode("utf-8", "replace").strip()
    return "" if "<" in bare or len(bare) > LONGEST_REASON else plain(bare)


def _reason_in(said: object, depth: int = 0) -> str:
    """The first words of an error in JSON: OAuth's members, or Canvas's `errors`, a text, list or object of such."""
    if isinstance(said, str):
        return said.strip()
    if depth > MOST_NESTED or not isinstance(said, dict | list):
        return ""
    if isinstance(said, list):
        return next(filter(None, (_reason_in(one, depth + 1) for one in said[:10])), "")
    for name in REASONS:
        if found := _reason_in(said.get(name), depth + 1):
            return found
    for name, inner in list(said.items())[:10]:  # Canvas's errors by field: {"redirect_uris": [{"message": "…"}]}
        if isinstance(inner, dict | list) and (found := _reason_in(inner, depth + 1)):
            return f"{name}: {found}"
    return ""

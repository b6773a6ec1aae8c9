"""What a platform must be able to say; canvas.py and moodle.py say it, each as the real one does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum
from typing import Any, ClassVar

from demo.base import Manner
from demo.store import Activity, Column, Course, Enrolment, Person, Tool
from demo.ticket import Ticket

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LINE_ITEM = AGS + "lineitem"
LINE_ITEM_READ = AGS + "lineitem.readonly"
RESULT = AGS + "result.readonly"
SCORE = AGS + "score"
NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
GRADE_SCOPES = (LINE_ITEM, LINE_ITEM_READ, RESULT, SCORE)

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
LINK_REQUEST = "LtiResourceLinkRequest"
DEEP_LINK_REQUEST = "LtiDeepLinkingRequest"
REVIEW_REQUEST = "LtiSubmissionReviewRequest"


class Fault(Enum):
    """Why an authentication request fails. Which of them reach the tool, and as what, differs by platform."""

    SIGNED_OUT = "nobody is signed in"
    OTHER_PERSON = "login_hint names somebody else"
    UNKNOWN_CLIENT = "client_id is not this tool’s"
    BAD_REQUEST = "a parameter is missing or wrong"
    BAD_MODE = "response_mode or prompt is wrong"
    STALE = "the launch is spent, over or unknown"


class Platform(ABC):
    """One LMS at one address. All URLs it gives begin with `base`, which is also its issuer."""

    manner: ClassVar[Manner]
    scopes: ClassVar[tuple[str, ...]]
    id_token_seconds: ClassVar[int]
    faults: ClassVar[dict[Fault, str]]
    pages_unasked: ClassVar[bool]

    def __init__(self, base_url: str) -> None:
        self.root = base_url
        self.base = f"{base_url}/{self.manner}"
        self.issuer = self.base

    @property
    def audiences(self) -> set[str]:
        """What `aud` of a client assertion may be."""
        return {f"{self.base}/token"}

    def configuration(self) -> dict[str, Any]:
        """OpenID configuration with the platform's LTI part (LTI Dynamic Registration 1.0)."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.base}/auth",
            "registration_endpoint": f"{self.base}/registration",
            "jwks_uri": f"{self.base}/jwks",
            "token_endpoint": f"{self.base}/token",
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "scopes_supported": list(self.scopes),
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
        }

    def ags_claim(self, course: Course, tool: Tool, activity: Activity | None) -> dict[str, Any]:
        """The AGS claim; `lineitem` only where the link has exactly one. Nothing where the tool has no AGS scope."""
        scopes = [scope for scope in GRADE_SCOPES if scope in tool.scopes]
        if not scopes:
            return {}
        claim: dict[str, Any] = {"scope": scopes, "lineitems": self.line_items_url(course, tool)}
        if activity and len(activity.columns) == 1:
            claim["lineitem"] = self.line_item_url(activity.columns[0])
        return {"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": claim}

    @abstractmethod
    def subject(self, person: Person) -> str: ...

    @abstractmethod
    def person(self, subject: object) -> Person | None: ...

    @abstractmethod
    def login_hint(self, person: Person) -> str: ...

    @abstractmethod
    def login_fields(self, ticket: Ticket) -> dict[str, str]:
        """What this platform adds to iss, target_link_uri, login_hint, lti_message_hint and client_id."""

    @abstractmethod
    def claims(self, ticket: Ticket) -> dict[str, Any]: ...

    @abstractmethod
    def deep_linking_settings(self, course: Course, return_url: str) -> dict[str, Any]: ...

    @abstractmethod
    def registered(self, tool: Tool) -> dict[str, Any]:
        """What the registration answer says beside the request's own words, its LTI part included."""

    @abstractmethod
    def memberships_url(self, course: Course, tool: Tool) -> str: ...

    @abstractmethod
    def line_items_url(self, course: Course, tool: Tool) -> str: ...

    @abstractmethod
    def line_item_url(self, column: Column, part: str = "") -> str:
        """`part` is "/scores" or "/results"."""

    @abstractmethod
    def member(self, enrolment: Enrolment, tool: Tool, link: Activity | Course | None) -> dict[str, Any]: ...


def expand(given: dict[str, Any], values: dict[str, str]) -> dict[str, str]:
    """Custom parameters with their variables put in. A value is one whole $Variable or plain text; an unknown variable
    stays as it is written, which tools must take for absent."""
    return {key: values.get(text[1:], text) if text.startswith("$") else text for key, text in given.items()}

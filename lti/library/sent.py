"""What the library writes for us: the answer to a deep-linking request, and a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.grade import Grade
from pylti1p3.lineitem import LineItem as LibraryLineItem

from lti.id_token import DEEP_LINKING
from lti.keys import SigningKey
from lti.library.tool_conf import PlatformRegistration
from lti.models.platform import Platform


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

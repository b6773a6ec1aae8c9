"""What we ask of every platform, whichever way it registers us.

Everything this tool may ever need is asked for once: a later change means that every school registers anew.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from lti import tokens
from lti.claims import part, parts, text, texts
from lti.models.platform import CANVAS
from lti.wiring import wiring

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS_PREFIX = "https://canvas.instructure.com/lti/"
NAME = "Third Option"
TOOL_ID = "third-option"

SCOPES = (tokens.LINE_ITEM, tokens.LINE_ITEM_READ, tokens.RESULTS, tokens.SCORES, tokens.ROSTER, tokens.NOTICES)
CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email", "locale", "zoneinfo")

# Names are lower-case, since Moodle sends any other twice. A platform that does not know a variable sends its name,
# which claims.custom leaves out; so one list serves all.
CUSTOM = {
    "due_at": "$Canvas.assignment.dueAt.iso8601",
    "unlock_at": "$Canvas.assignment.unlockAt.iso8601",
    "lock_at": "$Canvas.assignment.lockAt.iso8601",
    "all_due_ats": "$Canvas.assignment.allDueAts.iso8601",
    "earliest_due_at": "$Canvas.assignment.earliestEnrollmentDueAt.iso8601",
    "available_start": "$ResourceLink.available.startDateTime",
    "available_end": "$ResourceLink.available.endDateTime",
    "submission_end": "$ResourceLink.submission.endDateTime",
    "assignment_published": "$Canvas.assignment.published",
    "points_possible": "$Canvas.assignment.pointsPossible",
    "allowed_attempts": "$Canvas.assignment.allowedAttempts",
    "anonymous_grading": "$com.instructure.Assignment.anonymous_grading",
    "restrict_quantitative_data": "$com.instructure.Assignment.restrict_quantitative_data",
    "section_ids": "$Canvas.course.sectionIds",
    "section_names": "$com.instructure.User.sectionNames",
    "section_restricted": "$Canvas.course.sectionRestricted",
    "group_context_ids": "$Canvas.group.contextIds",
    "group_id": "$com.instructure.Group.id",
    "group_name": "$com.instructure.Group.name",
    "tag_id": "$com.instructure.Tag.id",
    "user_group_ids": "$Moodle.Person.userGroupIds",
    "timezone": "$Person.address.timezone",
    "locale": "$Message.locale",
    "pronouns": "$com.instructure.Person.pronouns",
    "name_sortable": "$com.instructure.Person.name_sortable",
    "student_view": "$com.instructure.User.student_view",
    "masquerading_user": "$Canvas.masqueradingUser.userId",
    "observees": "$com.instructure.User.observees",
    "context_id_history": "$Context.id.history",
    "activity_id_history": "$Activity.id.history",
    "resource_link_id_history": "$ResourceLink.id.history",
    "course_begins_at": "$CourseSection.timeFrame.begin",
    "course_ends_at": "$CourseSection.timeFrame.end",
    "canvas_course_ends_at": "$Canvas.course.endAt",
    "canvas_term_name": "$Canvas.term.name",
    "canvas_user_id": "$Canvas.user.id",
    "canvas_course_id": "$Canvas.course.id",
    "enrollment_state": "$Canvas.enrollment.enrollmentState",
    "prefers_high_contrast": "$Canvas.user.prefersHighContrast",
    "prefers_dyslexic_font": "$Canvas.user.prefersDyslexicFont",
}

# Not link_selection: what is added there never gets a column (quirks.takes_line_items_at), so whoever took it for a
# graded activity would find no grades. The modules page has its own menu, which makes both kinds.
CANVAS_DEEP_LINKING = ("assignment_selection", "course_assignments_menu", "module_index_menu_modal")


def launch_url() -> str:
    return address("lti.arrive")


def icon_url() -> str:
    return address("setup.icon")


def canvas_configuration() -> dict[str, Any]:
    """The developer key JSON that a Canvas admin pastes or points at (Canvas documentation, LTI developer keys)."""
    launch = launch_url()
    placements: list[dict[str, Any]] = [
        {"placement": "course_navigation", "message_type": "LtiResourceLinkRequest", "default": "disabled"}
    ]
    placements += [{"placement": name, "message_type": "LtiDeepLinkingRequest"} for name in CANVAS_DEEP_LINKING]
    for placement in placements:
        placement.update(target_link_uri=launch, text=NAME, icon_url=icon_url())
    return {
        "title": NAME,
        "description": _description(),
        "oidc_initiation_url": address("lti.start"),
        "target_link_uri": launch,
        "public_jwk_url": address("lti.jwks"),
        "scopes": list(SCOPES),
        "custom_fields": CUSTOM,
        "extensions": [
            {
                "domain": urlsplit(launch).hostname,
                "tool_id": TOOL_ID,
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {"text": NAME, "icon_url": icon_url(), "placements": placements},
            }
        ],
    }


def registration_request(about: dict[str, Any]) -> dict[str, Any]:
    """What we ask a platform for (LTI Dynamic Registration 1.0, Tool Configuration)."""
    known = texts(about.get("scopes_supported"))
    launch = launch_url()
    tool: dict[str, Any] = {
        "domain": urlsplit(launch).netloc,
        "description": _description(),
        "target_link_uri": launch,
        "custom_parameters": CUSTOM,
        "claims": list(CLAIMS),
        "messages": _messages(part(about, PLATFORM), launch),
    }
    if family_of(about) == CANVAS:  # Canvas (read): anonymous unless asked otherwise
        tool |= {CANVAS_PREFIX + "privacy_level": "public", CANVAS_PREFIX + "tool_id": TOOL_ID}
        tool[CANVAS_PREFIX + "vendor"] = NAME
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": address("lti.start"),
        "redirect_uris": [launch],
        "client_name": NAME,
        "client_uri": address("setup.page"),
        "logo_uri": icon_url(),
        "jwks_uri": address("lti.jwks"),
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scope for scope in SCOPES if not known or scope in known),
        TOOL: tool,
    }


def family_of(about: dict[str, Any]) -> str:
    """The product that a platform's configuration names, as Platform.product_family holds it."""
    return text(part(about, PLATFORM), "product_family_code").lower()[:60]


def _messages(about: dict[str, Any], launch: str) -> list[dict[str, Any]]:
    """The messages we answer; placements only where the platform named them, since Canvas prefixes some."""
    offered: dict[str, list[str]] = {}
    for message in parts(about.get("messages_supported")):
        offered[text(message, "type")] = texts(message.get("placements"))
    asked: list[dict[str, Any]] = []
    for kind, ours in (
        ("LtiResourceLinkRequest", ("course_navigation",)),
        ("LtiDeepLinkingRequest", CANVAS_DEEP_LINKING),
    ):
        ours_now: dict[str, Any] = {"type": kind, "target_link_uri": launch, "label": NAME, "icon_uri": icon_url()}
        places = [place for place in offered.get(kind, []) if place.removeprefix(CANVAS_PREFIX) in ours]
        if kind == "LtiDeepLinkingRequest":
            places = places or ["ContentArea"]
        if places:
            ours_now["placements"] = places
        if any(place.endswith("course_navigation") for place in places):
            ours_now[CANVAS_PREFIX + "course_navigation/default_enabled"] = False
        asked.append(ours_now)
    if "LtiSubmissionReviewRequest" in offered:
        asked.append({"type": "LtiSubmissionReviewRequest", "target_link_uri": launch, "label": NAME})
    return asked


def address(endpoint: str) -> str:
    """PUBLIC_URL's address of an endpoint: never the request's own Host, which a proxy or a stranger may set."""
    here = wiring()
    if endpoint not in here.addresses:
        here.addresses[endpoint] = here.config.public_url + current_app.url_map.bind("").build(endpoint)
    return here.addresses[endpoint]


def _description() -> str:
    return str(_("Two options by the teacher, and a third one that is the student’s own."))

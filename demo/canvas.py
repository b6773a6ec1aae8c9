"""The Canvas manner: shapes from its source and documentation (lib/lti/messages/*.rb, variable_expander.rb)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from demo.base import Manner, Role
from demo.canvas_variables import launch_values, roster_values
from demo.platform import (
    DEEP_LINKING,
    GRADE_SCOPES,
    INSTITUTION,
    LTI,
    MEMBERS,
    MEMBERSHIP,
    NOTICES,
    SYSTEM,
    Fault,
    Platform,
    expand,
)
from demo.school import enrolment_of, store
from demo.store import Activity, Column, Course, Enrolment, Person, Tool
from demo.ticket import Ticket

TEACHING_ASSISTANT = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"
MEMBER_ROLES = {
    Role.STUDENT: [f"{MEMBERSHIP}Learner"],
    Role.TEST_STUDENT: [f"{MEMBERSHIP}Learner"],
    Role.TEACHER: [f"{MEMBERSHIP}Instructor"],
    Role.ASSISTANT: [f"{MEMBERSHIP}Instructor", TEACHING_ASSISTANT],
    Role.DESIGNER: [f"{MEMBERSHIP}ContentDeveloper"],
    Role.OBSERVER: [f"{MEMBERSHIP}Mentor"],
    Role.BOTH: [f"{MEMBERSHIP}Instructor", f"{MEMBERSHIP}Learner"],
}
SCHOOL_ROLES = {
    Role.STUDENT: [f"{INSTITUTION}Student"],
    Role.TEST_STUDENT: [f"{INSTITUTION}Student"],
    Role.TEACHER: [f"{INSTITUTION}Instructor"],
}
# Canvas's Ruby validation leaves these in nested claims; tools meet them, so ours must.
JUNK: dict[str, Any] = {"validation_context": None, "errors": {"errors": {}}}
PLATFORM = {
    "guid": "0dWtgJjjFWRNT41WdQMvrleejGgv7AynCVm3lmZ2:canvas-lms",
    "name": "Riverbend School District",
    "version": "cloud",
    "product_family_code": "canvas",
}
NOTICE_KINDS = ("LtiHelloWorldNotice", "LtiContextCopyNotice")


class Canvas(Platform):
    manner = Manner.CANVAS
    scopes = (*GRADE_SCOPES, MEMBERS, NOTICES)
    id_token_seconds = 3600
    pages_unasked = True
    faults = {
        Fault.SIGNED_OUT: "login_required",
        Fault.OTHER_PERSON: "login_required",
        Fault.UNKNOWN_CLIENT: "unauthorized_client",
        Fault.BAD_REQUEST: "invalid_request_object",
        Fault.BAD_MODE: "invalid_request_object",
        Fault.STALE: "launch_no_longer_valid",
    }

    @property
    def audiences(self) -> set[str]:
        return super().audiences | {self.configuration()["authorization_server"]}

    def configuration(self) -> dict[str, Any]:
        messages = [
            ("LtiResourceLinkRequest", ["https://canvas.instructure.com/lti/course_navigation", "ContentArea"]),
            ("LtiDeepLinkingRequest", ["https://canvas.instructure.com/lti/course_assignments_menu", "ContentArea"]),
        ]
        return super().configuration() | {
            "authorization_server": self.root.partition("://")[2],
            "claims_supported": ["sub", "picture", "email", "name", "given_name", "family_name", "locale"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "canvas",
                "version": "vCloud",
                "messages_supported": [{"type": kind, "placements": places} for kind, places in messages],
                "notice_types_supported": list(NOTICE_KINDS),
                "variables": ["ResourceLink.submission.endDateTime", "Canvas.assignment.dueAt.iso8601"],
                "https://canvas.instructure.com/lti/account_name": PLATFORM["name"],
                "https://canvas.instructure.com/lti/account_lti_guid": PLATFORM["guid"],
            },
        }

    def registered(self, tool: Tool) -> dict[str, Any]:
        return {"scope": " ".join(tool.scopes), "lti": {"deployment_id": tool.deployment_id}}

    def subject(self, person: Person) -> str:
        return person.uuid

    def person(self, subject: object) -> Person | None:
        return store().scalar(select(Person).where(Person.uuid == str(subject)))

    def login_hint(self, person: Person) -> str:
        return person.legacy_id

    def login_fields(self, ticket: Ticket) -> dict[str, str]:
        return {
            "deployment_id": ticket.tool.deployment_id,
            "canvas_region": "not_configured",
            "canvas_environment": "prod",
            "lti_storage_target": "post_message_forwarding",
        }

    def claims(self, ticket: Ticket) -> dict[str, Any]:
        person, course, activity, tool = ticket.person, ticket.course, ticket.activity, ticket.tool
        enrolment = enrolment_of(person, course)
        claims: dict[str, Any] = {
            "sub": person.uuid,
            "locale": person.locale,
            f"{LTI}roles": _launch_roles(person, enrolment),
            f"{LTI}context": context_of(course) | JUNK,
            f"{LTI}tool_platform": PLATFORM | JUNK,
            f"{LTI}launch_presentation": {
                "document_target": "iframe",
                "return_url": f"{self.root}/courses/{course.id}",
                "locale": person.locale,
                "height": 800,
                "width": None,
                **JUNK,
            },
            f"{LTI}lis": {
                "person_sourcedid": f"sis-{person.id}",
                "course_offering_sourcedid": course.sourced_id,
                **JUNK,
            },
            f"{LTI}custom": expand(_given(tool, activity), launch_values(person, course, activity, enrolment)),
            f"{LTI}lti11_legacy_user_id": person.legacy_id,
            "errors": {"errors": {}},
            "https://www.instructure.com/placement": PLACEMENTS[ticket.kind],
            **_names(person),
            **self.ags_claim(course, tool, activity),
            **self._service_claims(course, tool),
        }
        if ticket.kind != "deep link":
            claims[f"{LTI}resource_link"] = _resource_link(course, activity) | JUNK
        if enrolment and enrolment.observes:
            claims[f"{LTI}role_scope_mentor"] = [enrolment.observes.uuid]
        return claims

    def _service_claims(self, course: Course, tool: Tool) -> dict[str, Any]:
        """Where the services beside the gradebook are, of those that the tool was given leave to use."""
        claims: dict[str, Any] = {}
        if MEMBERS in tool.scopes:
            claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
                "context_memberships_url": self.memberships_url(course, tool),
                "service_versions": ["2.0"],
                **JUNK,
            }
        if NOTICES in tool.scopes:
            claims[f"{LTI}platformnotificationservice"] = {
                "service_versions": ["1.0"],
                "platform_notification_service_url": f"{self.base}/api/lti/notice-handlers/{tool.id}",
                "scope": [NOTICES],
                "notice_types_supported": list(NOTICE_KINDS),
            }
        return claims

    def deep_linking_settings(self, course: Course, return_url: str) -> dict[str, Any]:
        return {
            f"{DEEP_LINKING}deep_linking_settings": {
                "deep_link_return_url": return_url,
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
                "auto_create": False,
                "accept_multiple": True,
                **JUNK,
            }
        }

    def memberships_url(self, course: Course, tool: Tool) -> str:
        return f"{self.base}/api/lti/courses/{course.id}/names_and_roles"

    def line_items_url(self, course: Course, tool: Tool) -> str:
        return f"{self.base}/api/lti/courses/{course.id}/line_items"

    def line_item_url(self, column: Column, part: str = "") -> str:
        return f"{self.line_items_url(column.course, column.tool)}/{column.id}{part}"

    def member(self, enrolment: Enrolment, tool: Tool, link: Activity | Course | None) -> dict[str, Any]:
        person = enrolment.person
        member = {
            "status": "Active",
            "user_id": person.uuid,
            "lis_person_sourcedid": f"sis-{person.id}",
            "lti11_legacy_user_id": person.legacy_id,
            "roles": MEMBER_ROLES[enrolment.role],
            **_names(person),
        }
        if link:
            values = roster_values(person, enrolment.course, enrolment)
            member["message"] = [
                {
                    f"{LTI}message_type": "LtiResourceLinkRequest",
                    "locale": person.locale,
                    "https://www.instructure.com/canvas_user_id": 500 + person.id,
                    f"{LTI}custom": expand(_given(tool, link if isinstance(link, Activity) else None), values),
                }
            ]
        return member


PLACEMENTS = {"link": None, "navigation": "course_navigation", "deep link": "course_assignments_menu"}


def _launch_roles(person: Person, enrolment: Enrolment | None) -> list[str]:
    roles = [f"{SYSTEM}User"]
    if person.administrator:
        roles.append(f"{INSTITUTION}Administrator")
    if enrolment:
        roles += MEMBER_ROLES[enrolment.role] + SCHOOL_ROLES.get(enrolment.role, [])
    return sorted(roles)


def _names(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "picture": None,
    }


def context_of(course: Course) -> dict[str, Any]:
    return {
        "id": course.context_id,
        "label": course.label,
        "title": course.title,
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
    }


def _resource_link(course: Course, activity: Activity | None) -> dict[str, Any]:
    """Link-less launches (course navigation) carry the course's own id, a Canvas habit that tools trip over."""
    if activity is None:
        return {"id": course.context_id, "title": course.title, "description": None}
    return {"id": activity.resource_link_id, "title": activity.title, "description": activity.text or None}


def _given(tool: Tool, activity: Activity | None) -> dict[str, Any]:
    return tool.custom | (activity.custom if activity else {})

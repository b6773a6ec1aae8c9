"""The Moodle 4.5 manner, as captured from a running one."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from demo.base import Manner, Role
from demo.platform import (
    DEEP_LINKING,
    GRADE_SCOPES,
    INSTITUTION,
    LINE_ITEM,
    LINE_ITEM_READ,
    LTI,
    MEMBERS,
    MEMBERSHIP,
    RESULT,
    SCORE,
    SYSTEM,
    Fault,
    Platform,
    expand,
)
from demo.school import enrolment_of, store
from demo.store import Activity, Column, Course, Enrolment, Person, Tool
from demo.ticket import Ticket

PLATFORM = {
    "product_family_code": "moodle",
    "version": "2024100706",
    "guid": "47d479f62fa6b95d952e5fd7d885dda5",
    "name": "Riverbend",
    "description": "Riverbend School",
}


class Moodle(Platform):
    manner = Manner.MOODLE
    scopes = (*GRADE_SCOPES, MEMBERS)
    id_token_seconds = 60
    pages_unasked = False
    faults = {
        Fault.OTHER_PERSON: "access_denied",
        Fault.UNKNOWN_CLIENT: "unauthorized_client",
        Fault.BAD_MODE: "invalid_request",
    }

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {
            "subject_types_supported": ["public", "pairwise"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle",
                "version": "4.5.6 (Build: 20250811)",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": [
                    "Context.id",
                    "Context.id.history",
                    "CourseSection.timeFrame.begin",
                    "ResourceLink.id",
                    "Person.address.timezone",
                ],
            },
        }

    def registered(self, tool: Tool) -> dict[str, Any]:
        """The answer claims all of AGS as soon as one AGS scope was asked for; tokens tell the truth."""
        claimed = list(tool.scopes)
        if set(claimed) & set(GRADE_SCOPES):
            claimed = [SCORE, RESULT, LINE_ITEM_READ, LINE_ITEM, *(scope for scope in claimed if scope == MEMBERS)]
        return {"scope": " ".join(claimed), "lti": {"version": "1.3.0", "deployment_id": tool.deployment_id}}

    def subject(self, person: Person) -> str:
        return str(person.id)

    def person(self, subject: object) -> Person | None:
        return store().get(Person, int(str(subject))) if str(subject).isdecimal() else None

    def login_hint(self, person: Person) -> str:
        return str(person.id)

    def login_fields(self, ticket: Ticket) -> dict[str, str]:
        return {"lti_deployment_id": ticket.tool.deployment_id}

    def claims(self, ticket: Ticket) -> dict[str, Any]:
        person, course, activity, tool = ticket.person, ticket.course, ticket.activity, ticket.tool
        claims: dict[str, Any] = {
            "sub": self.subject(person),
            f"{LTI}roles": _launch_roles(person, enrolment_of(person, course)),
            f"{LTI}context": {
                "id": course.context_id,
                "label": course.label,
                "title": course.title,
                "type": ["CourseSection"],
            },
            f"{LTI}tool_platform": PLATFORM,
            f"{LTI}lis": {"person_sourcedid": f"S{person.id:04}", "course_section_sourcedid": course.sourced_id},
            f"{LTI}ext": {"user_username": f"person{person.id:03}", "lms": "moodle-2"},
            f"{LTI}custom": self._custom(ticket),
            **self._names(person, tool),
            **self.ags_claim(course, tool, activity),
        }
        if MEMBERS in tool.scopes:
            claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = {
                "context_memberships_url": self.memberships_url(course, tool),
                "service_versions": ["1.0", "2.0"],
            }
        presentation = {"locale": person.locale}
        if activity:
            claims[f"{LTI}resource_link"] = {
                "title": activity.title,
                "description": activity.text,
                "id": activity.resource_link_id,
            }
            presentation |= {"document_target": "iframe", "return_url": f"{self.root}/courses/{course.id}"}
        claims[f"{LTI}launch_presentation"] = presentation
        return claims

    def _custom(self, ticket: Ticket) -> dict[str, str]:
        """Substituted only where the whole value is one variable; dates and groups' names do not exist in Moodle."""
        values = {
            "Context.id": ticket.course.context_id,
            "Context.title": ticket.course.title,
            "Context.label": ticket.course.label,
            "Context.id.history": ticket.course.history,
            "User.id": str(ticket.person.id),
            "Person.address.timezone": ticket.person.zone,
            "Moodle.Person.userGroupIds": "",
        }
        if ticket.course.copied and ticket.course.copied.begins_at:
            values["CourseSection.timeFrame.begin"] = ticket.course.copied.begins_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if ticket.activity:
            values["ResourceLink.id"] = ticket.activity.resource_link_id
            values["ResourceLink.title"] = ticket.activity.title
        given = (ticket.activity.custom if ticket.activity else {}) | ticket.tool.custom
        return expand(given, values) | {
            "context_memberships_url": self.memberships_url(ticket.course, ticket.tool),
            "link_setting_url": f"{self.base}/services/links/{{link_id}}/custom",
        }

    def _names(self, person: Person, tool: Tool) -> dict[str, str]:
        """Only what the registration's `claims` asked for, for good."""
        names = {"name": person.name, "given_name": person.given_name, "family_name": person.family_name}
        return {key: text for key, text in (names | {"email": person.email or ""}).items() if key in tool.claims}

    def deep_linking_settings(self, course: Course, return_url: str) -> dict[str, Any]:
        return {
            f"{DEEP_LINKING}deep_linking_settings": {
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["frame", "iframe", "window"],
                "accept_copy_advice": False,
                "accept_multiple": True,
                "accept_unsigned": False,
                "auto_create": False,
                "can_confirm": False,
                "deep_link_return_url": return_url,
                "title": "Third Option",
                "text": "",
            }
        }

    def memberships_url(self, course: Course, tool: Tool) -> str:
        return f"{self.base}/services/CourseSection/{course.id}/bindings/{tool.id}/memberships"

    def line_items_url(self, course: Course, tool: Tool) -> str:
        return f"{self.base}/services/{course.id}/lineitems?type_id={tool.id}"

    def line_item_url(self, column: Column, part: str = "") -> str:
        path = f"{self.base}/services/{column.course_id}/lineitems/{column.id}/lineitem{part}"
        return f"{path}?type_id={column.tool_id}"

    def member(self, enrolment: Enrolment, tool: Tool, link: Activity | Course | None) -> dict[str, Any]:
        """Short role words, names HTML-escaped, and a non-editing teacher a Learner: all three seen on the real one."""
        person = enrolment.person
        member: dict[str, Any] = {
            "status": "Active",
            "roles": ["Instructor" if enrolment.role is Role.TEACHER else "Learner"],
            "user_id": self.subject(person),
            "lis_person_sourcedid": f"S{person.id:04}",
            "ext_user_username": f"person{person.id:03}",
            **{key: escape(text, quote=False) for key, text in self._names(person, tool).items()},
        }
        if isinstance(link, Activity):
            outcome = {"data": {"instanceid": link.resource_link_id, "userid": self.subject(person)}}
            member["message"] = [
                {
                    f"{LTI}message_type": "LtiResourceLinkRequest",
                    "https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome": {
                        "lis_result_sourcedid": json.dumps(outcome)
                    },
                }
            ]
        return member


def _launch_roles(person: Person, enrolment: Enrolment | None) -> list[str]:
    if person.administrator:
        return [f"{INSTITUTION}Administrator", f"{MEMBERSHIP}Instructor", f"{SYSTEM}Administrator"]
    teaches = enrolment and enrolment.role in {Role.TEACHER, Role.ASSISTANT}
    return [f"{MEMBERSHIP}Instructor" if teaches else f"{MEMBERSHIP}Learner"]

"""Every address of the tool, and who of a course may ask it. An address that is not in here makes a law fail."""

from __future__ import annotations

from dataclasses import dataclass

TEACHER = frozenset({"teacher"})
ANSWERERS = TEACHER | {"assistant"}
AUTHORS = TEACHER | {"designer"}
STUDENTS = frozenset({"student", "classmate"})  # each their own page under the same address
OWNER = frozenset({"student"})  # whose row the address names
EVERYONE = ANSWERERS | AUTHORS | STUDENTS | {"observer", "administrator"}
OPEN = frozenset({"nobody"})  # holds nothing of a person, or checks a launch itself


@dataclass(frozen=True)
class Endpoint:
    """`methods` without HEAD and OPTIONS."""

    rule: str
    methods: str
    who: frozenset[str]


ENDPOINTS = {
    "accommodation.edit": Endpoint("/people/<int:person_id>/accommodation", "GET POST", TEACHER),
    "accommodation.end": Endpoint("/people/<int:person_id>/accommodation/ending", "POST", TEACHER),
    "accommodation.index": Endpoint("/courses/<int:course_id>/accommodations", "GET", TEACHER),
    "accommodation.look": Endpoint("/people/<int:person_id>/accommodation/looks", "POST", TEACHER),
    "accommodation.look_at_all": Endpoint("/courses/<int:course_id>/accommodations/looks", "POST", TEACHER),
    "accommodation.looks": Endpoint("/people/<int:person_id>/accommodation/looks", "GET", TEACHER),
    "accommodation.mine": Endpoint("/courses/<int:course_id>/my-arrangements", "GET", STUDENTS | {"observer"}),
    "activity.autosave": Endpoint("/activities/<int:activity_id>/draft", "POST", AUTHORS),
    "activity.autosave_new": Endpoint("/courses/<int:course_id>/activities/draft", "POST", AUTHORS),
    "activity.bank": Endpoint("/courses/<int:course_id>/bank", "GET", AUTHORS),
    "activity.copies": Endpoint("/activities/<int:activity_id>/copies", "GET POST", AUTHORS),
    "activity.copy_offer": Endpoint("/copy-offers/<int:offer_id>", "GET POST", AUTHORS),
    "activity.create": Endpoint("/courses/<int:course_id>/activities", "POST", AUTHORS),
    "activity.edit": Endpoint("/activities/<int:activity_id>/design", "GET", AUTHORS),
    "activity.index": Endpoint("/courses/<int:course_id>/activities", "GET", AUTHORS),
    "activity.keep_option": Endpoint("/options/<int:option_id>/bank", "POST", AUTHORS),
    "activity.new": Endpoint("/courses/<int:course_id>/activities/new", "GET", AUTHORS),
    "activity.place": Endpoint("/activities/<int:activity_id>/placements", "POST", AUTHORS),
    "activity.preview": Endpoint("/activities/<int:activity_id>/preview", "GET", AUTHORS),
    "activity.rename": Endpoint("/courses/<int:course_id>/bank/<int:banked_id>", "POST", AUTHORS),
    "activity.save": Endpoint("/activities/<int:activity_id>/design", "POST", AUTHORS),
    "activity.throw_away": Endpoint("/courses/<int:course_id>/bank/<int:banked_id>/deletion", "POST", AUTHORS),
    "board.activity": Endpoint("/activities/<int:activity_id>", "GET", ANSWERERS),
    "board.claim": Endpoint("/proposals/<int:proposal_id>/claim", "POST", ANSWERERS),
    "board.classes": Endpoint("/courses/<int:course_id>/class", "GET", ANSWERERS),
    "board.decision": Endpoint("/proposals/<int:proposal_id>/decision", "GET POST", ANSWERERS),
    "board.excuse": Endpoint("/choices/<int:choice_id>/excuse", "POST", TEACHER),
    "board.extend": Endpoint("/choices/<int:choice_id>/extension", "POST", TEACHER),
    "board.give_zero": Endpoint("/choices/<int:choice_id>/zero", "POST", TEACHER),
    "board.help_done": Endpoint("/choices/<int:choice_id>/help-done", "POST", ANSWERERS),
    "board.include": Endpoint("/choices/<int:choice_id>/inclusion", "POST", TEACHER),
    "board.let_go": Endpoint("/proposals/<int:proposal_id>/release", "POST", ANSWERERS),
    "board.line": Endpoint("/choices/<int:choice_id>", "GET", ANSWERERS),
    "board.live": Endpoint("/activities/<int:activity_id>/live", "GET", ANSWERERS),
    "board.left": Endpoint("/courses/<int:course_id>/left", "GET", TEACHER),
    "board.lms_dates": Endpoint("/courses/<int:course_id>/lms-dates", "GET", ANSWERERS),
    "board.mine": Endpoint("/courses/<int:course_id>/mine", "GET", STUDENTS),
    "board.next": Endpoint("/courses/<int:course_id>/queue/next", "GET", ANSWERERS),
    "board.observed": Endpoint("/people/<int:student_id>/activities/<int:activity_id>", "GET", frozenset({"observer"})),
    "board.offer": Endpoint("/proposals/<int:proposal_id>/offer", "GET POST", ANSWERERS),
    "board.place": Endpoint("/choices/<int:choice_id>/placement", "POST", TEACHER),
    "board.placements_seen": Endpoint("/activities/<int:activity_id>/live/seen", "POST", ANSWERERS),
    "board.question": Endpoint("/proposals/<int:proposal_id>/questions", "POST", ANSWERERS),
    "board.queue": Endpoint("/courses/<int:course_id>/queue", "GET", ANSWERERS),
    "board.replies": Endpoint("/courses/<int:course_id>/replies", "GET POST", ANSWERERS),
    "board.same": Endpoint("/people/<int:person_id>/same", "GET POST", TEACHER),
    "board.settle_class_date": Endpoint("/activities/<int:activity_id>/lms-date", "POST", TEACHER),
    "board.settle_date": Endpoint("/choices/<int:choice_id>/lms-date", "POST", TEACHER),
    "board.take_draft": Endpoint("/choices/<int:choice_id>/draft-taking", "POST", TEACHER),
    "board.together": Endpoint("/activities/<int:activity_id>/decisions", "GET POST", ANSWERERS),
    "board.watch_for": Endpoint("/activities/<int:activity_id>/live/watch", "POST", ANSWERERS),
    "board.welcome": Endpoint("/courses/<int:course_id>/welcome", "GET", EVERYONE),
    "board.write": Endpoint("/choices/<int:choice_id>/messages", "POST", ANSWERERS),
    "choice.ask": Endpoint("/activities/<int:activity_id>/messages", "POST", STUDENTS),
    "choice.messages": Endpoint("/activities/<int:activity_id>/messages", "GET", STUDENTS),
    "choice.need_no_help": Endpoint("/activities/<int:activity_id>/messages/settled", "POST", STUDENTS),
    "choice.pick": Endpoint("/activities/<int:activity_id>/choice", "POST", STUDENTS),
    "choice.show": Endpoint("/activities/<int:activity_id>/choice", "GET", STUDENTS),
    "grading.hand_back": Endpoint("/submissions/<int:submission_id>/return", "POST", ANSWERERS),
    "grading.keep": Endpoint("/scores/<int:score_id>/keeping", "POST", TEACHER),
    "grading.mark": Endpoint("/submissions/<int:submission_id>/grade", "GET POST", ANSWERERS),
    "grading.release": Endpoint("/activities/<int:activity_id>/releases", "POST", TEACHER),
    "grading.result": Endpoint("/activities/<int:activity_id>/grade", "GET", STUDENTS),
    "grading.resume": Endpoint("/activities/<int:activity_id>/scores/resumption", "POST", TEACHER),
    "grading.retry": Endpoint("/scores/<int:score_id>/retry", "POST", TEACHER),
    "grading.retry_all": Endpoint("/activities/<int:activity_id>/scores/retries", "POST", TEACHER),
    "grading.withdraw": Endpoint("/submissions/<int:submission_id>/withdrawal", "POST", TEACHER),
    "health.healthz": Endpoint("/healthz", "GET", OPEN),
    "health.readyz": Endpoint("/readyz", "GET", OPEN),
    "lti.arrive": Endpoint("/lti/launch", "POST", OPEN),
    "lti.canvas_key": Endpoint("/lti/config.json", "GET", OPEN),
    "lti.enter": Endpoint("/lti/window", "POST", OPEN),
    "lti.jwks": Endpoint("/lti/jwks", "GET", OPEN),
    "lti.nothing_here": Endpoint("/lti/launch", "GET", OPEN),
    "lti.open_window": Endpoint("/lti/window", "GET", OPEN),
    "lti.register": Endpoint("/lti/register", "GET", OPEN),
    "lti.signed_in": Endpoint("/lti/signed-in", "GET", OPEN),
    "lti.start": Endpoint("/lti/login", "GET POST", OPEN),
    "lti.take_notices": Endpoint("/lti/notices", "POST", OPEN),
    "lti.static": Endpoint("/lti/static/<path:filename>", "GET", OPEN),
    "mail.ask": Endpoint("/mail/stop/<key>", "GET", OPEN),
    "mail.stop": Endpoint("/mail/stop/<key>", "POST", OPEN),
    "notice.history": Endpoint("/choices/<int:choice_id>/history", "GET", OWNER | ANSWERERS),
    "notice.keep_settings": Endpoint("/courses/<int:course_id>/mail", "POST", ANSWERERS | STUDENTS),
    "notice.news": Endpoint("/courses/<int:course_id>/news", "GET", ANSWERERS | STUDENTS),
    "notice.seen": Endpoint("/courses/<int:course_id>/news/seen", "POST", ANSWERERS | STUDENTS),
    "notice.settings": Endpoint("/courses/<int:course_id>/mail", "GET", ANSWERERS | STUDENTS),
    "people.choose_role": Endpoint("/courses/<int:course_id>/role", "POST", frozenset({"both"})),
    "people.role": Endpoint("/courses/<int:course_id>/role", "GET", frozenset({"both"})),
    "proposal.agree": Endpoint("/proposals/<int:proposal_id>/agreement", "POST", OWNER),
    "proposal.agree_to_change": Endpoint("/changes/<int:change_id>/agreement", "POST", OWNER | ANSWERERS),
    "proposal.agreement": Endpoint("/agreements/<int:agreement_id>", "GET", OWNER | ANSWERERS),
    "proposal.answer_sharing": Endpoint("/choices/<int:choice_id>/sharing/answer", "POST", OWNER),
    "proposal.ask_to_change": Endpoint("/agreements/<int:agreement_id>/changes", "POST", OWNER | ANSWERERS),
    "proposal.ask_to_share": Endpoint("/choices/<int:choice_id>/sharing", "POST", TEACHER),
    "proposal.autosave": Endpoint("/proposals/<int:proposal_id>/draft", "POST", OWNER),
    "proposal.decline_change": Endpoint("/changes/<int:change_id>/refusal", "POST", OWNER | ANSWERERS),
    "proposal.move_rubric": Endpoint("/agreements/<int:agreement_id>/rubric", "POST", TEACHER),
    "proposal.send": Endpoint("/proposals/<int:proposal_id>/versions", "POST", OWNER),
    "proposal.share": Endpoint("/choices/<int:choice_id>/sharing/option", "POST", TEACHER),
    "proposal.sharing": Endpoint("/choices/<int:choice_id>/sharing", "GET", OWNER | TEACHER),
    "proposal.show": Endpoint("/proposals/<int:proposal_id>", "GET", OWNER | ANSWERERS),
    "proposal.start": Endpoint("/activities/<int:activity_id>/proposals", "POST", STUDENTS),
    "proposal.take_change_back": Endpoint("/changes/<int:change_id>/withdrawal", "POST", OWNER | ANSWERERS),
    "proposal.take_sharing_back": Endpoint("/choices/<int:choice_id>/sharing/withdrawal", "POST", OWNER),
    "proposal.told": Endpoint("/choices/<int:choice_id>/told", "GET POST", ANSWERERS),
    "proposal.withdraw": Endpoint("/proposals/<int:proposal_id>/withdrawal", "POST", OWNER),
    "setup.front": Endpoint("/", "GET", OPEN),
    "setup.icon": Endpoint("/lti/icon.svg", "GET", OPEN),
    "setup.page": Endpoint("/lti/setup", "GET", OPEN),
    "submission.add": Endpoint("/activities/<int:activity_id>/submission/evidence", "POST", STUDENTS),
    "submission.autosave": Endpoint("/activities/<int:activity_id>/submission/draft", "POST", STUDENTS),
    "submission.file": Endpoint("/files/<key>/<name>", "GET", OWNER | ANSWERERS),
    "submission.reflect": Endpoint("/submissions/<int:submission_id>/reflection", "POST", OWNER),
    "submission.remove": Endpoint(
        "/activities/<int:activity_id>/submission/evidence/<int:evidence_id>/deletion", "POST", STUDENTS
    ),
    "submission.save": Endpoint("/activities/<int:activity_id>/submission", "POST", STUDENTS),
    "submission.show": Endpoint("/activities/<int:activity_id>/submission", "GET", STUDENTS),
    "submission.shown": Endpoint("/choices/<int:choice_id>/showing", "POST", ANSWERERS),
    "ui.gallery": Endpoint("/ui/gallery", "GET", OPEN),
    "ui.static": Endpoint("/ui/static/<path:filename>", "GET", OPEN),
}
CLOSED = {name: endpoint for name, endpoint in ENDPOINTS.items() if endpoint.who != OPEN}

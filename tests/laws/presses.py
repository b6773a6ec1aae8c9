"""One good press of every button that the domain has, by the right person in the right state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask

from tests.laws.tries import tries
from tests.laws.world import LMS_DUE, NAMES, POND_DUE, World

Fields = Mapping[str, object]
WORK_DUE = "2026-12-18T15:00"
IDEA = {
    "title": "A podcast about ducks",
    "plan": "I speak with the park ranger about ducks.",
    "tool": "My phone",
    "criterion-1": "I explain what they eat.",
    "criterion-2": "The ranger gives reasons.",
    "criterion-3": "My sister listens first.",
}
DESIGN = {
    "title": "Light and leaves",
    "shows": "What does a leaf need the light for?",
    "options-0-title": "A drawing",
    "options-1-title": "A short film",
}
WORK = {"text": "My text about the pond.", "reflection": "I drew it first.", "link_title": "Our film of it"}


@dataclass(frozen=True)
class Press:
    """`texts` are what a person types, `picks` what the page fills in or offers: ids, versions, dates, buttons."""

    endpoint: str
    who: str
    row: str = ""
    texts: Fields = field(default_factory=dict)
    picks: Fields = field(default_factory=dict)
    autosave: bool = False

    @property
    def form(self) -> dict[str, object]:
        return {**self.texts, **self.picks}

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Autosave": "1"} if self.autosave else {}

    def address(self, app: Flask, world: World) -> str:
        found = tries(app, world, [self.endpoint], NAMES)
        return next(one.address for one in found if one.method == "POST" and one.row == self.row)


def presses(world: World) -> list[Press]:
    return [
        *_designing(world),
        *_talking(world),
        *_sharing(world),
        *_changing(),
        *_working(world),
        *_marking(world),
        *_acting(world),
        *_arranging(world),
        *_told(),
        *_taking_along(),
    ]


def _designing(world: World) -> list[Press]:
    due = {"work_due": WORK_DUE}
    new = {**due, "form_key": "a-page-that-was-opened"}
    rows = {"criteria-0-levels-0-points": "1", "options-0-minutes": "45", "points": "16", "default_option": "0"}
    return [
        Press("people.choose_role", "both", picks={"role": "teacher"}),
        Press("board.same", "teacher", "left", picks={"person": str(world.students["writing"].id)}),
        Press("activity.create", "teacher", texts=DESIGN, picks={**new, "do": "publish"}),
        Press("activity.create", "teacher", texts=DESIGN, picks={**new, "do": "add-option"}),
        Press("activity.create", "designer", texts=DESIGN, picks={**new, "do": "publish", "link": str(world.link)}),
        Press("activity.autosave_new", "teacher", texts=DESIGN, picks=new, autosave=True),
        Press("activity.save", "teacher", "draft", DESIGN, {**due, **rows, "do": "save"}),
        Press("activity.save", "teacher", "pond", {"goal": "I can follow energy."}, {"do": "publish", "points": "16"}),
        Press("activity.autosave", "designer", "draft", DESIGN, {**due, **rows}, autosave=True),
        Press("activity.autosave", "teacher", "pond", DESIGN, due, autosave=True),
        Press("activity.place", "teacher", "pond", picks={"link": str(world.link)}),
        *_reusing(world, {**due, **rows}),
    ]


def _reusing(world: World, typed: Fields) -> list[Press]:
    sheet = {"sheet": "Song\tSing what energy does.\t30\t4\nPlay\tAct it."}
    mark = hashlib.sha256(sheet["sheet"].encode()).hexdigest()[:16]
    ticked = {**typed, "sheet_row": ["1", "2"], "sheet_seen": mark}
    bank = {**typed, "bank": str(world.banked[0])}
    copy = {"course": str(world.cast.course_id), "opens": "2027-01-11", "form_key": "a-page-that-was-opened"}
    return [
        Press("activity.save", "teacher", "draft", DESIGN, {**bank, "do": "take-bank"}),
        Press("activity.save", "teacher", "draft", DESIGN, {**typed, "do": "keep-option-0"}),
        Press("activity.save", "teacher", "draft", {**DESIGN, **sheet}, {**typed, "do": "read-sheet"}),
        Press("activity.save", "teacher", "draft", {**DESIGN, **sheet}, {**ticked, "do": "take-sheet"}),
        Press("activity.save", "teacher", "draft", {**DESIGN, **sheet}, {**ticked, "do": "bank-sheet"}),
        Press("activity.copies", "teacher", "pond", picks=copy),
        Press("activity.copy_offer", "teacher", picks={"opens": "2027-01-11", "others": "yes", "do": "copy"}),
        Press("activity.keep_option", "teacher"),
        Press("activity.rename", "teacher", texts={"title": "A play for the radio"}),
        Press("activity.throw_away", "teacher"),
    ]


def _talking(world: World) -> list[Press]:
    said = {**IDEA, "message": "Can I borrow the microphone?"}
    seen = {"seen": "0", "plan_b": str(world.options[0])}
    ready = {"reply_id": str(world.replies[0]), "fits": "revise"}
    reply = {"reply": "How will I see the energy in it?"}
    return [
        Press("choice.pick", "classmate", "pond", picks={"option": str(world.options[1])}),
        Press("choice.pick", "picked", "pond", picks={"option": "own"}),
        Press("proposal.start", "picked", "pond"),
        Press("proposal.autosave", "writing", "writing", IDEA, seen, autosave=True),
        Press("proposal.send", "writing", "writing", IDEA, seen),
        Press("proposal.send", "revising", "revising", said, {**seen, "seen": "1", "unsure-3": "y"}),
        Press("proposal.agree", "offered", "offered", picks={"version": "2"}),
        Press("proposal.withdraw", "submitted", "submitted"),
        Press("board.decision", "teacher", "submitted", reply, {"version": "1", "decision": "revise", "go": "next"}),
        Press("board.decision", "assistant", "submitted", reply, {"version": "1", "decision": "accept", "go": "stay"}),
        Press("board.decision", "teacher", "submitted", reply, {"version": "1", "insert": "1"}),
        Press("board.decision", "teacher", "submitted", reply, {"version": "1", "decision": "back", "go": "keep"}),
        Press("board.offer", "teacher", "submitted", {**IDEA, **reply}, {"version": "1"}),
        Press("board.claim", "teacher", "submitted"),
        Press("board.let_go", "assistant", "claimed"),
        Press("board.question", "teacher", "submitted", {"text": "Who plays it with you?"}),
        Press("board.replies", "teacher", texts={"words": "Where do I see it?"}, picks={"fits": "back", "do": "keep"}),
        Press("board.replies", "teacher", picks={**ready, "do": "throw"}),
        Press(
            "board.together",
            "teacher",
            "pond",
            reply,
            {"idea": f"{world.proposals['submitted']}:1", "decision": "revise"},
        ),
    ]


def _sharing(world: World) -> list[Press]:
    words = {"title": "A game of cards", "text": "Cards move through our pond.", "means": "Card and string"}
    return [
        Press("proposal.told", "teacher", "picked", IDEA, {"do": "send"}),
        Press("proposal.told", "assistant", "picked", {**IDEA, "criterion-3": ""}, {"unsure-3": "y", "do": "accept"}),
        Press("proposal.ask_to_share", "teacher", "accepted"),
        Press("proposal.answer_sharing", "asked", "asked", words, {"do": "yes"}),
        Press("proposal.answer_sharing", "asked", "asked", words, {"do": "no"}),
        Press("proposal.take_sharing_back", "consented", "consented"),
        Press("proposal.share", "teacher", "consented", picks={"to": "activity"}),
        Press("proposal.share", "teacher", "consented", picks={"to": "bank"}),
    ]


def _changing() -> list[Press]:
    """What two have agreed: each side asks, answers, and takes back."""
    words = {**IDEA, "message": "The film needs more light."}
    why = {"reason": "It is fine as it is."}
    return [
        Press("proposal.ask_to_change", "accepted", "accepted", words),
        Press("proposal.ask_to_change", "teacher", "accepted", words),
        Press("proposal.agree_to_change", "change offered", "change offered"),
        Press("proposal.agree_to_change", "assistant", "change wanted"),
        Press("proposal.decline_change", "change offered", "change offered", why),
        Press("proposal.decline_change", "limited", "change wanted", why),
        Press("proposal.take_change_back", "change wanted", "change wanted"),
        Press("proposal.take_change_back", "teacher", "change offered"),
        Press("proposal.move_rubric", "teacher", "accepted", why),
    ]


def _working(world: World) -> list[Press]:
    item = world.evidence["working"]
    ticks = {"item": str(item), f"shows-{item}": "1", "link": "https://pond.example.org/more"}
    words = {name: WORK[name] for name in ("text", "reflection")}
    return [
        Press("submission.save", "working", "pond", WORK, {**ticks, "do": "save"}),
        Press("submission.save", "working", "pond", WORK, {**ticks, "do": "hand-in"}),
        Press("submission.add", "picked", "pond", WORK, {"link": "https://pond.example.org/more"}),
        Press("submission.remove", "working", "working", WORK, ticks),
        Press(
            "submission.autosave", "working", "pond", words, {"item": str(item), f"shows-{item}": "2"}, autosave=True
        ),
        Press(
            "submission.reflect", "released", "released", {"reflection": "Twice."}, {"again": "yes", "page": "grade"}
        ),
        Press("submission.shown", "teacher", "picked", {"about": "A walk through the hall"}),
    ]


def _arranging(world: World) -> list[Press]:
    words = {"formats": "The text as audio", "demands": "Half of the tasks", "goals": "Speaks once in class."}
    own = {"time": "own", "days": "3", "factor": "1.25", "shown_to": str(world.cast.assistant.id), "do": "save"}
    fewer = {f"not-asked-{world.activities['pond']}": "3"}
    return [
        Press("accommodation.edit", "teacher", "picked", words, {**own, **fewer, "seen": "1"}),
        Press("accommodation.edit", "teacher", "revising", words, {"time": "two-days", "seen": "0", "do": "save"}),
        Press("accommodation.end", "teacher", "picked", picks={"seen": "1"}),
        Press("accommodation.look", "teacher", "offered"),
        Press("accommodation.look_at_all", "teacher"),
    ]


def _acting(world: World) -> list[Press]:
    """What is done about one student, and what they ask."""
    why = {"reason": "You two agreed on it in class."}
    more = {"days": "own", "work_due": "2026-12-20T15:00", "back": "live"}
    way = {"option": str(world.options[1]), "anyway": "yes"}
    watch = {"unopened_days": "3", "idea_days": "2", "reply_days": "5", "still_minutes": "15"}
    return [
        Press("board.extend", "teacher", "picked", why, more),
        Press("board.extend", "teacher", "revising", why, {"days": "own", "pick_by": "2026-12-01T15:00"}),
        Press("board.place", "teacher", "submitted", why, way),
        Press("board.excuse", "teacher", "working", why),
        Press("board.include", "teacher", "excused"),
        Press("board.write", "assistant", "picked", {"text": "Begin with the sun."}, {"back": "class"}),
        Press("board.help_done", "assistant", "picked"),
        Press("board.take_draft", "teacher", "saved"),
        Press("board.give_zero", "teacher", "closed", {"reason": "Nothing came, also after two talks."}),
        Press("board.watch_for", "teacher", "pond", picks=watch),
        Press("board.placements_seen", "teacher", "pond", picks={"until": "2026-11-10T18:00:00+00:00"}),
        Press("choice.ask", "working", "pond", {"text": "I don’t get where the 90 % goes."}),
        Press("choice.need_no_help", "picked", "pond"),
    ]


def _marking(world: World) -> list[Press]:
    levels = {"c-1": "3", "c-2": "4", "c-3": "2"}
    said = {"comment": "Clear, and you gave reasons.", "adjustment_reason": "It came late."}
    back = {"back": str(world.submissions["refused"])}
    return [
        Press(
            "grading.mark", "teacher", "handed in", said, {**levels, "adjustment": "-1", "seen": "0", "do": "release"}
        ),
        Press("grading.mark", "assistant", "drafted", said, {**levels, "adjustment": "", "seen": "1", "do": "ready"}),
        Press("grading.mark", "teacher", "shown", said, {**levels, "seen": "0", "do": "save"}, autosave=True),
        Press("grading.hand_back", "teacher", "handed in", {"reason": "Where do the plants get it from?"}),
        Press("grading.release", "teacher", "pond", picks={"grade": str(world.grades["ready"])}),
        Press("grading.withdraw", "teacher", "released"),
        Press("grading.retry", "teacher", "refused", picks=back),
        Press("grading.keep", "teacher", "changed", picks=back),
        Press("grading.retry_all", "teacher", "pond"),
        Press("grading.resume", "teacher", "pond"),
        Press("grading.sync", "teacher", "pond"),
        Press("grading.sync_course", "teacher"),
        Press("grading.pause", "teacher"),
        Press("grading.go_on", "teacher"),
        Press("board.read_roster", "teacher"),
        Press("board.settle_class_date", "teacher", "pond", picks={"date": LMS_DUE.isoformat(), "do": "ignore"}),
        Press("board.settle_class_date", "teacher", "pond", picks={"date": LMS_DUE.isoformat(), "do": "take"}),
        Press("board.settle_date", "teacher", "working", picks={"date": POND_DUE.isoformat(), "do": "done"}),
        Press("board.settle_date", "teacher", "handed in", picks={"date": POND_DUE.isoformat(), "do": "undone"}),
    ]


def _told() -> list[Press]:
    everything = {"until": str(2**31 - 1)}
    return [
        Press("notice.seen", "teacher", picks=everything),
        Press("notice.seen", "released", picks=everything),
        Press("notice.keep_settings", "assistant", picks={"rhythm": "weekly"}),
        Press("notice.keep_settings", "picked", picks={"rhythm": "off"}),
    ]


def _taking_along() -> list[Press]:
    return [
        Press("archive.download", "teacher", "pond", picks={"what": "table", "separator": "semicolon"}),
        Press("archive.download", "limited", "pond", picks={"what": "work", "separator": "comma"}),
        Press("archive.downloads", "assistant", picks={"separator": "comma"}),
        Press("archive.mine", "released"),
    ]

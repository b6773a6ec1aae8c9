"""What is said of each step in a history: by who did it, and to whom.

In a phrase `by` is who did it ("You" where that is the reader), `name` the student, `idea` and `way` what it is about.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

# {verb: (to the student who did it, to everyone else)}
BY_STUDENT = {
    "started an idea": (_("You started an idea of your own."), _("%(name)s started an idea of their own.")),
    "sent idea": (_("You sent %(idea)s."), _("%(name)s sent %(idea)s.")),
    "withdrew idea": (_("You withdrew %(idea)s."), _("%(name)s withdrew %(idea)s.")),
    "left agreement": (
        _("You left what you two had agreed: %(idea)s."),
        _("%(name)s left what was agreed: %(idea)s."),
    ),
    "left option": (_("You went back to looking around."), _("%(name)s went back to looking around.")),
    "picked": (_("You picked %(way)s."), _("%(name)s picked %(way)s.")),
    "agreed": (_("You agreed: %(way)s."), _("%(name)s agreed: %(way)s.")),
    "handed in": (_("You handed in your work."), _("%(name)s handed in their work.")),
    "handed in late": (
        _("You handed in your work, after its date."),
        _("%(name)s handed in their work, after its date."),
    ),
    "change asked": (
        _("You asked to change what you two agreed."),
        _("%(name)s asked to change what you agreed on."),
    ),
    "change agreed": (_("You agreed to the change."), _("%(name)s agreed to the change.")),
    "change declined": (_("You kept to what you two had agreed."), _("%(name)s kept to what was agreed.")),
    "change taken back": (
        _("You took back the change you had asked for."),
        _("%(name)s took back the change they had asked for."),
    ),
    "asked for help": (_("You asked for help."), _("%(name)s asked for help.")),
    "help not needed": (_("You took your hand down."), _("%(name)s needs no help any more.")),
    "message": (_("You wrote:"), _("%(name)s wrote:")),
    "sharing agreed": (
        _("You said yes: others may do your idea too."),
        _("%(name)s said yes: others may do this idea too."),
    ),
    "sharing declined": (
        _("You said no: your idea stays yours alone."),
        _("%(name)s said no: the idea stays theirs alone."),
    ),
    "sharing taken back": (
        _("You took back your yes: nobody else does your idea."),
        _("%(name)s took back their yes: nobody else does the idea."),
    ),
}

# {verb: (to the student, to staff and observers)}
BY_STAFF = {
    "same person": (
        _("%(by)s said that this is yours: the LMS had given you a new id. Nothing is lost."),
        _("%(by)s said that %(name)s is who left under another id."),
    ),
    "started an idea": (_("%(by)s started an idea for you."), _("%(by)s started an idea for %(name)s.")),
    "told in person": (
        _("%(by)s wrote down the idea that you told: %(idea)s."),
        _("%(by)s wrote down what %(name)s told: %(idea)s."),
    ),
    "sent idea": (_("%(by)s sent %(idea)s in your name."), _("%(by)s sent %(idea)s in the name of %(name)s.")),
    "accept": (_("%(by)s said yes to %(idea)s."), _("%(by)s said yes to %(name)s: %(idea)s.")),
    "accept with edits": (
        _("%(by)s would say yes to %(idea)s with some edits. See what changed, then agree or answer."),
        _("%(by)s offered %(name)s a yes with edits: %(idea)s."),
    ),
    "ask for revision": (
        _("%(by)s asked you to change one thing in %(idea)s. Your idea stays."),
        _("%(by)s asked %(name)s to change one thing in %(idea)s."),
    ),
    "send back": (
        _("%(by)s asked you for a new idea instead of %(idea)s."),
        _("%(by)s asked %(name)s for a new idea instead of %(idea)s."),
    ),
    "withdrew idea": (_("%(by)s closed %(idea)s."), _("%(by)s closed %(idea)s of %(name)s.")),
    "idea revived": (_("%(by)s opened %(idea)s again."), _("%(by)s opened %(idea)s of %(name)s again.")),
    "agreed": (_("You two agree: %(way)s."), _("%(by)s and %(name)s agree: %(way)s.")),
    "left agreement": (
        _("%(by)s ended what you two had agreed: %(idea)s."),
        _("%(by)s ended what was agreed with %(name)s: %(idea)s."),
    ),
    "left option": (_("%(by)s took you off your way again."), _("%(by)s took %(name)s off their way again.")),
    "picked": (_("%(by)s picked %(way)s for you."), _("%(by)s picked %(way)s for %(name)s.")),
    "placed": (_("%(by)s settled your way: %(way)s."), _("%(by)s settled the way of %(name)s: %(way)s.")),
    "extended": (_("%(by)s gave you more time."), _("%(by)s gave %(name)s more time.")),
    "excused": (_("%(by)s excused you. You need not do this one."), _("%(by)s excused %(name)s.")),
    "included again": (_("%(by)s asks you to do this one after all."), _("%(by)s included %(name)s again.")),
    "change asked": (
        _("%(by)s asks to change what you two agreed. It holds until you say yes."),
        _("%(by)s asked %(name)s to change what they agreed."),
    ),
    "change agreed": (_("%(by)s said yes to your change."), _("%(by)s said yes to the change of %(name)s.")),
    "change declined": (
        _("%(by)s keeps to what you two agreed."),
        _("%(by)s kept to what was agreed with %(name)s."),
    ),
    "change taken back": (
        _("%(by)s took back the change. What you two agreed holds."),
        _("%(by)s took back the change asked of %(name)s."),
    ),
    "rubric moved": (
        _("%(by)s moved what you two agreed to the activity’s newest criteria."),
        _("%(by)s moved the agreement of %(name)s to the newest criteria."),
    ),
    "message": (_("%(by)s wrote to you:"), _("%(by)s wrote to %(name)s:")),
    "help answered": (_("%(by)s answered your call for help."), _("%(by)s answered %(name)s’s call for help.")),
    "handed in": (_("%(by)s handed in your work for you."), _("%(by)s handed in the work of %(name)s.")),
    "handed in late": (
        _("%(by)s handed in your work for you, after its date."),
        _("%(by)s handed in the work of %(name)s, after its date."),
    ),
    "shown in person": (
        _("%(by)s noted that you showed your work."),
        _("%(by)s noted that %(name)s showed their work."),
    ),
    "draft taken": (
        _("%(by)s took your saved draft as your hand-in. You need not do anything."),
        _("%(by)s took the saved draft of %(name)s as the hand-in."),
    ),
    "noted as nothing handed in": (
        _("%(by)s noted that nothing was handed in."),
        _("%(by)s noted that %(name)s handed in nothing."),
    ),
    "returned": (
        _("%(by)s gave your work back for another go."),
        _("%(by)s gave %(name)s their work back for another go."),
    ),
    "released": (_("%(by)s released your result."), _("%(by)s released the result of %(name)s.")),
    "release withdrawn": (
        _("%(by)s took your result back to look at it again."),
        _("%(by)s took the result of %(name)s back."),
    ),
    "sharing asked": (
        _("%(by)s asks whether others may do your idea too. You may say no."),
        _("%(by)s asked %(name)s whether others may do the idea too."),
    ),
    "idea shared": (
        _("%(by)s made your idea a way for others too, without your name."),
        _("%(by)s made the idea of %(name)s a way for others too."),
    ),
}

# {verb: (to the student, to staff and observers)}
BY_RULE = {
    "made": (_("This activity came onto your list."), _("The activity came onto %(name)s’s list.")),
    "expired": (
        _("Time ran out for %(idea)s. The text is kept, and it costs nothing."),
        _("Time ran out for %(idea)s of %(name)s. The text is kept."),
    ),
    "expired in silence": (
        _("No answer to %(idea)s came in time. That is not your fault; the text is kept, and it costs nothing."),
        _("No answer to %(idea)s of %(name)s came in time. The text is kept."),
    ),
    "unanswered": (
        _("%(idea)s is still without an answer. It stays with your teacher; you may pick a way instead."),
        _("%(name)s still waits for an answer to %(idea)s."),
    ),
    "must pick": (
        _("No idea was agreed in time. Pick one of the ways; that costs nothing."),
        _("%(name)s has to pick a way now."),
    ),
    "last call": (
        _("No answer to your idea came in time. Pick one of the ways; that costs nothing."),
        _("%(name)s has until then to pick a way, since the idea was not answered."),
    ),
    "placed": (_("You go on with %(way)s. It costs no points."), _("%(name)s goes on with %(way)s.")),
    "placed by plan b": (
        _("Time ran out. Your plan B started: %(way)s. Nothing is lost."),
        _("Time ran out for %(name)s. Plan B started: %(way)s."),
    ),
    "placed by default": (
        _("Time ran out. You go on with %(way)s, like everyone without a way. It costs no points."),
        _("Time ran out for %(name)s, who goes on with your default: %(way)s."),
    ),
    "placed by least filled": (
        _("Time ran out. You go on with %(way)s, where the most places were free. It costs no points."),
        _("Time ran out for %(name)s, who goes on with the way with the most places free: %(way)s."),
    ),
    "unplaced": (
        _("Your teacher will settle your way with you. You need not do anything."),
        _("%(name)s has no way yet: no rule found a place. Settle it by hand."),
    ),
    "closed": (
        _("The time for handing in is over. Your teacher will look at what you have."),
        _("The time for handing in is over, and %(name)s handed in nothing."),
    ),
    "reminded": (_("One of your dates is near."), _("%(name)s was reminded of a date.")),
    "reminded of reply_until": (
        _("Your reply about your idea is wanted soon."),
        _("%(name)s was reminded to reply about the idea."),
    ),
    "reminded of pick_by": (_("It is time to pick a way."), _("%(name)s was reminded to pick a way.")),
    "reminded of work_due": (_("Your hand-in date is near."), _("%(name)s was reminded to hand in.")),
    "dates moved": (_("Your dates moved."), _("%(name)s’s dates moved.")),
    "lms date": (
        _("The course page gives you more time to hand in."),
        _("The LMS gives %(name)s more time to hand in."),
    ),
    "left option": (_("You are off your way again."), _("%(name)s is off their way again.")),
    "withdrew idea": (_("%(idea)s was closed."), _("%(idea)s of %(name)s was closed.")),
}

# Whom it concerns enough to be told, where somebody else, or a rule, did it.
TOLD_STUDENT = (set(BY_STAFF) | set(BY_RULE)) - {
    "made",
    "started an idea",  # what was told in person is told with its title
    "sent idea",
    "agreed",  # is told as the yes that made it so
    "picked",
    "left option",
}
TOLD_STAFF = (set(BY_STUDENT) | {"unanswered", "placed", "unplaced", "closed"}) - {
    "started an idea",
    "left option",
    "picked",
}

# {verb: icon}; a word always stands beside it.
ICONS = {
    "accept": "agree",
    "accept with edits": "chat",
    "agreed": "agree",
    "ask for revision": "revise",
    "asked for help": "hand",
    "change agreed": "agree",
    "change asked": "revise",
    "change declined": "lock",
    "change taken back": "back",
    "closed": "lock",
    "dates moved": "clock",
    "draft taken": "tray",
    "excused": "minus",
    "expired": "clock",
    "extended": "clock",
    "handed in": "tray",
    "help answered": "hand",
    "help not needed": "hand",
    "idea revived": "revise",
    "idea shared": "people",
    "last call": "fork",
    "lms date": "clock",
    "included again": "plus",
    "left agreement": "back",
    "left option": "eye",
    "made": "plus",
    "message": "chat",
    "must pick": "fork",
    "noted as nothing handed in": "minus",
    "picked": "check",
    "placed": "check",
    "release withdrawn": "back",
    "released": "flag",
    "reminded": "clock",
    "returned": "back",
    "rubric moved": "grid",
    "send back": "back",
    "same person": "person",
    "sent idea": "send",
    "sharing agreed": "people",
    "sharing asked": "people",
    "sharing declined": "people",
    "sharing taken back": "back",
    "shown in person": "eye",
    "started an idea": "pencil",
    "told in person": "chat",
    "unanswered": "wait",
    "unplaced": "ask",
    "withdrew idea": "x",
}

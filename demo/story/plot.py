"""Who does what when: Biology 9B from its first activity to this morning."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from demo.story import acts, care, ideas, works
from demo.story.acts import Act
from demo.story.designs import ADVERT, CARDS, ENERGY, MINI_STORY, MUSEUM, POSTER, PRACTICE, SEEDS, STORY

COURSE = "Biology 9B"
TEACHER, COLLEAGUE, ASSISTANT = "Adaeze Okafor", "Peter Lund", "Bo Lind"  # the assistant: Period 3 only
STUDENTS = 30


class Scene(NamedTuple):
    """`day` counts from today, `clock` is the school's time of day."""

    day: int
    clock: str
    who: str
    act: Act


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split("/")]


MUSEUM_PICKERS = _names("""
Amara Diallo/Malik Johnson/Noor Haddad/Hana Sato/Sofia Marchetti/Ravi Patel/Samir Khoury/Mateo Ríos/Priya Raman/
Zuri Wanjiru/Aisha Rahman/Wren Castillo""")
ADVERT_PICKERS = _names("""
Linh Phạm/Tomasz Zieliński/Kofi Mensah/Yusuf Demir/Inés Carvalho/Mia Thompson/Freya Lindqvist/Daniel Kim/Seun Adeyemi/
Jun-ho Park/Chloé Bertrand/Nia Roberts""")

# Where the story leaves everybody, in the words of `flask export`; all others are exploring.
STANDINGS = {
    ENERGY.title: {
        "proposing": {
            "Amara Diallo",
            "Linh Phạm",
            "Malik Johnson",
            "Kofi Mensah",
            "Freya Lindqvist",
            "Dmitri Volkov",
            "Yusuf Demir",
            "Inés Carvalho",
            "Sofia Marchetti",
        },
        "picked": {"Mateo Ríos", "Chloé Bertrand"},
        "working": {"Priya Raman", "Hana Sato", "Nia Roberts", "Wren Castillo"},
        "handed_in": {"Seun Adeyemi", "Zuri Wanjiru", "Jun-ho Park", "Daniel Kim", "Tomasz Zieliński"},
        "ready": {"Aisha Rahman"},
        "released": {"Samir Khoury", "Mia Thompson", "Noor Haddad"},
        "returned": {"Ravi Patel"},
    },
    PRACTICE.title: {
        "proposing": {"Noor Haddad"},
        "picked": {"Sofia Marchetti"},
        "working": {"Malik Johnson"},
        "handed_in": {"Greta Hoffmann"},
        "released": {"Amara Diallo", "Linh Phạm", "Priya Raman", "Daniel Kim"},
    },
    SEEDS.title: {
        # Greta picked after the class's time, in her own; plan B came for Oliver, whose idea ran out
        "picked": {*MUSEUM_PICKERS, *ADVERT_PICKERS, "Greta Hoffmann", "Oliver Grant"},
        "proposing": {"Leilani Kealoha"},  # nobody has answered her
        "must_pick": {"Tariq Aziz"},
        "unplaced": {"Elias Novak"},
        "excused": {"Dmitri Volkov"},
    },
}
SCORES = {"Samir Khoury": 14, "Mia Thompson": 15, "Noor Haddad": 11}  # of 16, in the school's gradebook


def scenes(today: datetime) -> Iterator[Scene]:
    """All of them, oldest first; `today` is any time of it, in the school's zone."""
    parts = (
        _practice(today),
        _energy(today),
        _ideas(),
        _works(),
        _marks(),
        _seeds(today),
        _time_passes(today),
        _words(),
    )
    yield from sorted((scene for part in parts for scene in part), key=lambda one: one[:2])


def _practice(today: datetime) -> list[Scene]:
    return [
        Scene(-16, "07:50", TEACHER, acts.publish(PRACTICE, today)),
        Scene(-16, "07:55", TEACHER, acts.await_class(PRACTICE, STUDENTS)),
        Scene(-15, "16:05", "Amara Diallo", acts.pick(MINI_STORY, PRACTICE)),
        Scene(-15, "16:40", "Amara Diallo", acts.hand_in(works.WORDS_STORY, PRACTICE)),
        Scene(-15, "17:10", "Priya Raman", acts.pick(CARDS, PRACTICE)),
        Scene(-15, "17:35", "Priya Raman", acts.hand_in(works.WORDS_DONE, PRACTICE)),
        Scene(-14, "08:20", "Linh Phạm", acts.pick(CARDS, PRACTICE)),
        Scene(-14, "08:45", "Linh Phạm", acts.hand_in(works.WORDS_PAIRS, PRACTICE)),
        Scene(-14, "15:30", "Daniel Kim", acts.pick(MINI_STORY, PRACTICE)),
        Scene(-14, "15:50", "Daniel Kim", acts.hand_in(works.WORDS_CRIME, PRACTICE)),
        Scene(-13, "16:00", TEACHER, acts.release("Amara Diallo", "434", "The fungus made me laugh.", PRACTICE)),
        Scene(-13, "16:03", TEACHER, acts.release("Priya Raman", "333", "All ten are right.", PRACTICE)),
        Scene(-13, "16:06", TEACHER, acts.release("Linh Phạm", "343", "Good that you said why.", PRACTICE)),
        Scene(-13, "16:09", TEACHER, acts.release("Daniel Kim", "323", "“Consumer” is still missing.", PRACTICE)),
        Scene(-12, "18:15", "Sofia Marchetti", acts.pick(CARDS, PRACTICE)),
        Scene(-11, "10:05", "Tomasz Zieliński", acts.look(PRACTICE)),
        Scene(-11, "19:40", "Malik Johnson", acts.pick(MINI_STORY, PRACTICE)),
        Scene(-11, "19:55", "Malik Johnson", acts.work_on(works.WORDS_BEGUN, PRACTICE)),
        Scene(-5, "20:10", "Noor Haddad", acts.propose(ideas.TWO_LANGUAGES, PRACTICE)),
        Scene(-3, "17:25", "Greta Hoffmann", acts.pick(CARDS, PRACTICE)),
        Scene(-3, "17:50", "Greta Hoffmann", acts.hand_in(works.WORDS_CARDS, PRACTICE)),
    ]


def _energy(today: datetime) -> list[Scene]:
    return [
        Scene(-9, "08:00", TEACHER, acts.publish(ENERGY, today)),
        Scene(-6, "12:10", COLLEAGUE, care.set_due_in_lms(ENERGY, today, 12)),
        Scene(-7, "17:30", "Leilani Kealoha", acts.look(ENERGY)),
        Scene(-2, "19:05", "Tariq Aziz", acts.look(ENERGY)),
        Scene(-4, "15:45", "Mateo Ríos", acts.pick(POSTER)),
        Scene(-1, "18:20", "Chloé Bertrand", acts.pick(STORY)),
        Scene(-6, "16:10", "Hana Sato", acts.pick(POSTER)),
        Scene(-2, "16:30", "Hana Sato", acts.work_on(works.ON_THE_WAY)),
        Scene(-5, "15:35", "Nia Roberts", acts.pick(STORY)),
        Scene(-3, "20:40", "Nia Roberts", acts.work_on(works.MORE_COUNTS)),
        Scene(-3, "15:55", "Wren Castillo", acts.pick(POSTER)),
        Scene(-1, "17:05", "Wren Castillo", acts.work_on(works.WEB_BEGUN)),
    ]


def _ideas() -> list[Scene]:
    return [
        Scene(-8, "16:12", "Amara Diallo", acts.propose(ideas.CARD_GAME)),
        Scene(-7, "07:40", TEACHER, acts.answer("Amara Diallo", "revise", ideas.ASK_AMARA)),
        Scene(-3, "16:20", "Amara Diallo", acts.send_again(ideas.CARD_GAME_2)),
        Scene(-8, "18:50", "Mia Thompson", acts.propose(ideas.PODCAST)),
        Scene(-7, "07:44", TEACHER, acts.answer("Mia Thompson", "accept", ideas.YES_MIA)),
        Scene(-7, "19:15", "Yusuf Demir", acts.propose(ideas.STREAM)),
        Scene(-6, "07:38", TEACHER, acts.answer("Yusuf Demir", "back", ideas.BACK_YUSUF)),
        Scene(-2, "21:10", "Yusuf Demir", acts.begin_anew(ideas.FARM)),
        Scene(-6, "17:00", "Priya Raman", acts.propose(ideas.LETTER)),
        Scene(-5, "07:42", TEACHER, acts.answer("Priya Raman", "accept", ideas.YES_PRIYA)),
        Scene(-1, "16:45", "Priya Raman", acts.work_on(works.LETTER_DRAFT)),
        Scene(-4, "17:20", "Inés Carvalho", acts.propose(ideas.WALK)),
        Scene(-3, "07:41", TEACHER, acts.offer("Inés Carvalho", ideas.WALK_EDITS)),
        Scene(-4, "19:30", "Dmitri Volkov", acts.propose(ideas.COMIC)),
        Scene(-2, "15:50", "Linh Phạm", acts.propose(ideas.BANK)),
        Scene(-2, "17:35", "Malik Johnson", acts.propose(ideas.RAP)),
        Scene(-1, "16:00", "Kofi Mensah", acts.propose(ideas.MANUAL)),
        Scene(-1, "16:20", "Sofia Marchetti", acts.propose(ideas.MANUAL_TOO)),
        Scene(-1, "19:45", "Freya Lindqvist", acts.propose(ideas.SHADOWS)),
    ]


def _works() -> list[Scene]:
    return [
        Scene(-8, "15:40", "Samir Khoury", acts.pick(POSTER)),
        Scene(-5, "18:30", "Samir Khoury", acts.hand_in(works.POSTER_DONE)),
        Scene(-4, "20:15", "Mia Thompson", acts.hand_in(works.PODCAST_DONE)),
        Scene(-7, "16:25", "Noor Haddad", acts.pick(STORY)),
        Scene(-5, "19:20", "Noor Haddad", acts.hand_in(works.STORY_SHORT)),
        Scene(-7, "17:05", "Ravi Patel", acts.pick(POSTER)),
        Scene(-5, "17:45", "Ravi Patel", acts.hand_in(works.POSTER_BARE)),
        Scene(-6, "15:30", "Aisha Rahman", acts.pick(STORY)),
        Scene(-4, "16:50", "Aisha Rahman", acts.hand_in(works.STORY_SURE)),
        Scene(-6, "18:05", "Seun Adeyemi", acts.pick(STORY)),
        Scene(-3, "18:40", "Seun Adeyemi", acts.hand_in(works.STORY_TEXT)),
        Scene(-5, "16:00", "Zuri Wanjiru", acts.pick(POSTER)),
        Scene(-2, "18:10", "Zuri Wanjiru", acts.hand_in(works.POSTER_LINKED)),
        Scene(-4, "15:25", "Jun-ho Park", acts.pick(POSTER)),
        Scene(-2, "20:30", "Jun-ho Park", acts.hand_in(works.POSTER_PICTURE)),
        Scene(-4, "18:00", "Daniel Kim", acts.pick(STORY)),
        Scene(-1, "15:30", "Daniel Kim", acts.hand_in(works.STORY_DOCUMENT)),
        Scene(-3, "16:35", "Tomasz Zieliński", acts.pick(STORY)),
        Scene(-1, "20:50", "Tomasz Zieliński", acts.hand_in(works.STORY_LINKED)),
    ]


def _marks() -> list[Scene]:
    return [
        Scene(-3, "07:50", TEACHER, acts.release("Samir Khoury", "4433", works.TO_SAMIR)),
        Scene(-3, "07:54", TEACHER, acts.release("Noor Haddad", "3233", works.TO_NOOR)),
        Scene(-3, "07:58", TEACHER, acts.hand_back("Ravi Patel", works.TO_RAVI)),
        Scene(-2, "07:45", TEACHER, acts.release("Mia Thompson", "4344", works.TO_MIA)),
        Scene(-2, "10:30", ASSISTANT, acts.make_ready("Aisha Rahman", "3343", works.TO_AISHA)),
    ]


def _seeds(today: datetime) -> list[Scene]:
    """The third activity: what people did in it."""
    pickers = [(name, MUSEUM) for name in MUSEUM_PICKERS] + [(name, ADVERT) for name in ADVERT_PICKERS]
    return [
        Scene(-13, "07:50", TEACHER, acts.publish(SEEDS, today)),
        *(Scene(-10, f"15:{10 + n}", name, acts.pick(way, SEEDS)) for n, (name, way) in enumerate(pickers)),
        Scene(-8, "19:05", "Oliver Grant", acts.propose(ideas.CATAPULT, SEEDS)),
        Scene(-8, "20:40", "Leilani Kealoha", acts.propose(ideas.DANDELION, SEEDS)),
        Scene(-7, "07:48", TEACHER, acts.answer("Oliver Grant", "revise", ideas.ASK_OLIVER, SEEDS)),
    ]


def _time_passes(today: datetime) -> list[Scene]:
    """Where time does its part in it, and what the teacher does about some."""
    later = today + timedelta(days=2)
    audio = "The texts as audio. Answers may be spoken instead of written."
    return [
        Scene(-12, "12:05", TEACHER, care.arrange("Greta Hoffmann", PRACTICE, "half", audio)),
        Scene(-6, "12:15", TEACHER, care.excuse("Dmitri Volkov", SEEDS, "You show your own seeds at the county fair.")),
        Scene(
            -2,
            "12:20",
            TEACHER,
            care.give_until("Tariq Aziz", SEEDS, "pick_by", later, "You were away with your team."),
        ),
        Scene(-1, "18:10", "Tariq Aziz", acts.look(SEEDS)),
        Scene(-1, "19:40", "Greta Hoffmann", acts.pick(ADVERT, SEEDS)),
    ]


def _words() -> list[Scene]:
    """What people say to each other, and what waits for a word."""
    hand = "My second graph goes up where it should go down. What did I do wrong?"
    return [
        Scene(-3, "12:10", TEACHER, care.keep_reply("Which number tells you that? Put it where one can see it.")),
        Scene(-2, "17:10", "Amara Diallo", care.ask_for_help("May I print the cards, or do I have to draw them?")),
        Scene(-1, "10:40", ASSISTANT, care.ask_about_idea("Amara Diallo", "Print them, if the numbers are yours.")),
        Scene(-1, "16:50", "Priya Raman", care.ask_to_change_agreement),
        Scene(-1, "20:15", "Nia Roberts", care.ask_for_help(hand)),
    ]

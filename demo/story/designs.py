"""The activities that the teacher has designed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.story.page import Value

POSTER, STORY = "Field poster", "Data story"
CARDS, MINI_STORY = "Word cards", "Mini story"
MUSEUM, ADVERT = "Seed museum", "Travel advert"


@dataclass(frozen=True)
class Design:
    """An activity as a teacher types it. `texts` by the names of the form's fields; `dates` = {name: days from today},
    at six in the evening; `criteria` are name, words, and four levels, lowest first."""

    title: str
    texts: Mapping[str, Value]
    dates: Mapping[str, int] = field(default_factory=dict)
    criteria: tuple[tuple[str, str, tuple[str, str, str, str]], ...] = ()


ENERGY = Design(
    "Energy in our pond",
    {
        "shows": "Where the sun’s energy goes in our pond, and who gets how much of it.",
        "goal": "You can follow energy through our pond with numbers, and say what a change would do to it.",
        "points": "16",
        "options-0-title": POSTER,
        "options-0-text": "Draw the food web of our school pond, big enough for the hallway. Each arrow has a number.",
        "options-0-minutes": "90",
        "options-0-means": "paper or tablet",
        "options-0-audience": "the hallway",
        "options-0-supports": "Pond cards with pictures and names in six languages\nA half-started food web to finish",
        "options-0-cover-0-how": "in the web",
        "options-0-cover-1-how": "on the arrows",
        "options-0-cover-2-how": "in a caption",
        "options-0-cover-3-how": "for whoever walks by",
        "options-1-title": STORY,
        "options-1-text": "Take the counts we made on Monday, draw two graphs, and write one page: what do they claim?",
        "options-1-minutes": "90",
        "options-1-means": "sheet on a computer",
        "options-1-audience": "the science club",
        "options-1-supports": "The counts as a table, already tidy\nSentence starters for claims",
        "options-1-cover-0-how": "in a sketch",
        "options-1-cover-1-how": "in two graphs",
        "options-1-cover-2-how": "in the last paragraph",
        "options-1-cover-3-how": "on one page",
    },
    {"propose_by": 1, "answer_by": 3, "accept_by": 4, "pick_by": 6, "work_due": 13},
    (
        (
            "Model",
            "Who eats whom, and where energy comes in.",
            (
                "Names some of what lives in the pond.",
                "Shows who eats whom; the sun or the decomposers are missing.",
                "Shows the whole web, from the sun to the decomposers.",
                "Shows the whole web, and what leaves it as heat.",
            ),
        ),
        (
            "Numbers",
            "Data that back up your claim, like the 10 % rule.",
            (
                "Says more or less, without numbers.",
                "Has numbers; they do not fit the claim yet.",
                "Backs up the claim with numbers from our counts.",
                "Backs up the claim with the 10 % rule, and says how sure the numbers are.",
            ),
        ),
        (
            "Reasons",
            "What happens if one part of the pond changes.",
            (
                "Says that something changes.",
                "Says what happens next, without a cause.",
                "Says what happens next, with one cause.",
                "Follows one change through the web, step by step.",
            ),
        ),
        (
            "Clear",
            "Someone your age gets it without help.",
            (
                "Hard to follow.",
                "Understood after some questions.",
                "Understood without help.",
                "Made for its audience, and a pleasure to follow.",
            ),
        ),
    ),
)

PRACTICE = Design(
    "Pond words: practise",
    {
        "shows": "That you can use the ten words of our pond unit so that they make sense.",
        "options-0-title": CARDS,
        "options-1-title": MINI_STORY,
        "graded": False,
    },
)

SEEDS = Design(
    "Seeds on the move",
    {
        "shows": "How a plant without legs gets its seeds somewhere else, and why that is worth it.",
        "points": "12",
        "options-0-title": MUSEUM,
        "options-0-text": "Collect eight seeds around the school, and write a card for each: how does it travel?",
        "options-0-minutes": "60",
        "options-1-title": ADVERT,
        "options-1-text": "Write an advert for seeds that want to get away by wind, water or bird. What does it cost?",
        "options-1-minutes": "60",
    },
    {"propose_by": -7, "answer_by": -5, "accept_by": -4, "pick_by": -1, "work_due": 5},
)

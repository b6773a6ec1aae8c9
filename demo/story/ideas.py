"""Ways that students think of themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from demo.story.designs import MUSEUM, POSTER, STORY


@dataclass(frozen=True)
class Idea:
    """`lines` has one for each criterion; an empty one is "not sure yet". `message` goes with a second version."""

    title: str
    plan: str
    tool: str
    lines: tuple[str, ...]
    plan_b: str = ""
    message: str = ""


CARD_GAME = Idea(
    "Who ate my sunshine? A card game",
    "A card game about our pond for four players. Every living thing is a card. You win if most energy reaches your "
    "top animal. My cousin and I test it before I hand it in.",
    "Cardboard and markers",
    (
        "You may only play a card on something it eats. The game starts with the sun card.",
        "The cards have energy points.",
        "There are event cards: “Dry summer”, “Someone frees a goldfish”. You must say who gets less and why.",
        "The rules fit on one page.",
    ),
    STORY,
)
CARD_GAME_2 = replace(
    CARD_GAME,
    lines=(
        CARD_GAME.lines[0],
        "Each card shows its energy in kJ. When you eat a card you keep 10 % and put the rest on the “heat” pile.",
        CARD_GAME.lines[2],
        "The rules fit on one page with a picture for each step, and my cousin (13) can play without asking me.",
    ),
    message="The heat pile gets huge. Is that right?",
)
BANK = Idea(
    "The pond’s energy as a bank statement",
    "A bank statement for each animal: what comes in, what it spends on living, what it passes on.",
    "A spreadsheet",
    (
        "Every account says who paid in. The first payment comes from the sun.",
        "All amounts are in kJ, and each account passes on 10 % of what it got.",
        "",
        "My brother reads it and tells me who is rich.",
    ),
    STORY,
)
RAP = Idea(
    "Rap battle: producer against decomposer",
    "Two rappers, three rounds. The alga says that everyone lives on her. The fungus answers.",
    "Phone, and a beat I made",
    (
        "Each verse passes the mic to whoever eats the one before.",
        "The chorus counts down: 10,000, 1,000, 100, 10.",
        "Round three: the heron is gone. Who profits, who doesn’t?",
        "Lyrics on paper, with the pond words underlined.",
    ),
    POSTER,
)
MANUAL = Idea(
    "Repair manual for a broken pond",
    "A manual like the one for our tractor: what can break in a pond, how you notice, what you do first.",
    "Paper, folded, with drawings",
    (
        "Page one is the pond with all its parts and arrows between them.",
        "A table: energy at each level, and what it should be if nothing is broken.",
        "Each fault is a change, and its chain of what happens next.",
        "My uncle repairs pumps. If he gets it, it is clear.",
    ),
    POSTER,
)
MANUAL_TOO = Idea(
    "A repair manual for our pond",
    "When a part of the pond is missing you look it up: who starves first, who profits, what you can do about it.",
    "A folded sheet",
    (
        "A fold-out with everything that lives there.",
        "Beside each one the energy that goes missing with it.",
        "Every page follows one part that breaks.",
        "My grandmother has to find the page she needs.",
    ),
    STORY,
)
SHADOWS = Idea(
    "Shadow theatre: a day in the pond",
    "A shadow play of six minutes. The lamp is the sun, and it gets dimmer with every animal.",
    "Cardboard puppets, a lamp, a sheet",
    (
        "The puppets come in the order in which they eat each other.",
        "The lamp has four steps, and a voice says the kJ of each.",
        "In the second act the snails are ill, and we play what follows.",
        "",
    ),
    STORY,
)
COMIC = Idea(
    "A comic: the last day of one photon",
    "Twelve pictures. A photon leaves the sun and hopes to become a heron. It does not get far.",
    "Ink on paper",
    (
        "Each picture is one step of the web.",
        "A counter in the corner shows how many of its friends are left.",
        "In picture nine a goldfish turns up where it should not be.",
        "No words longer than ten letters.",
    ),
    POSTER,
)
WALK = Idea(
    "A guided walk around the pond",
    "I lead five people around our pond and stop six times. At each stop I show who lives there and what it eats.",
    "The pond, and signs on sticks",
    (
        "The stops go from the algae up to the heron.",
        "I say how much energy is left at each stop.",
        "At the last stop I ask what happens if the pond dries out.",
        "They may ask me everything.",
    ),
    POSTER,
)
WALK_EDITS = {
    "criterion-2": "At each stop a sign says how many kJ are left, and my guests work out the next one.",
    "reply": "Yes, if they get to work out a number themselves. I changed one line.",
}
STREAM = Idea(
    "A gaming stream with pond pictures",
    "I stream my game for an hour, and in the breaks I show pictures of ponds.",
    "My computer",
    ("There is a pond in the pictures.", "", "", "I talk loud."),
    STORY,
)
FARM = Idea(
    "A farm that runs on pond rules",
    "I build a farm in my game in which nothing works without energy from below.",
    "",
    ("Everything on the farm eats something else on it.",),
)
LETTER_FILMED = {
    "title": "Message to the mayor about the goldfish, filmed",
    "message": "The city reads no letters, they said on the phone. May I film it? The text stays.",
}
LETTER = Idea(
    "Letter to the mayor about the goldfish",
    "A real letter: people free goldfish in our pond, here is what that does, here is what the city could do.",
    "Paper, an envelope, a stamp",
    (
        "A drawing of the web before and after the goldfish.",
        "How much energy the goldfish take from the rest, from our counts.",
        "The whole letter is one change and its consequences.",
        "The mayor is no biologist, so no word without an explanation.",
    ),
    POSTER,
)
PODCAST = Idea(
    "Podcast: who pays for the heron?",
    "Eight minutes. I interview the sun, an alga, a snail and the heron. All of them are me.",
    "Phone",
    (
        "The guests come in the order of the web, and each says whom it had for lunch.",
        "Every guest says what it got in kJ and what was left of it.",
        "A listener calls: “We cleaned the pond. Where did the heron go?”",
        "I play it to my grandmother first.",
    ),
    STORY,
)
TWO_LANGUAGES = Idea(
    "The ten words in Arabic and English",
    "A small dictionary for my grandmother. Each word gets a sentence in both, and a drawing.",
    "A notebook",
    (
        "A word I do not understand I cannot translate.",
        "Next to each word stands why it is called so.",
        "My grandmother reads it.",
    ),
)

ASK_AMARA = (
    "I would love to play this. I can see the food web. I can’t see the numbers yet: where does a player meet the "
    "10 % rule?"
)
YES_MIA = "Yes, gladly. I already want to know what the heron says."
YES_PRIYA = "Yes. And if the mayor answers, we all want to read it."
BACK_YUSUF = (
    "I can’t see our pond’s energy in this one. You build whole worlds in your games, though: does anything in them "
    "run on energy from something below it? Start from there."
)

CATAPULT = Idea(
    "A catapult that shoots like a balsam pod",
    "I build a catapult and measure how far it throws peas.",
    "Wood and rubber bands",
    ("It bursts open like the pod.", "I measure ten shots.", ""),
    MUSEUM,
)
DANDELION = Idea(
    "A dandelion’s travel diary",
    "Seven days of one seed, from the roof to the crack in the yard where it stays.",
    "A notebook",
    ("The seed tells how it flies.", "It meets seeds that travel otherwise.", "At the end it says what it was worth."),
)
ASK_OLIVER = "Good shot! What does the plant get from throwing its seeds that far? Put that in."

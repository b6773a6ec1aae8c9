"""What students hand in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Work:
    """`file` names what demo/story/files.py makes: "picture", "document" or none."""

    text: str = ""
    link: tuple[str, str] | None = None
    file: str = ""
    reflection: str = ""


ON_THE_WAY = Work(text="My notes so far.\n\n- the sun first\n- then a number for each arrow\n- then what could change")
MORE_COUNTS = Work(text="Two graphs are done. I still have to write what they claim.")
LETTER_DRAFT = Work(text="Dear Mayor,\n\nplease do not laugh, but this letter is about goldfish.")
PODCAST_DONE = Work(
    text="The heron answers the call at minute six. All numbers that are said stand here, so you need not count along.",
    link=("https://sounds.riverbend.example/who-pays-for-the-heron", "Podcast, 8 minutes"),
    reflection="I wanted the heron to be rich. When I had to say its number aloud I got it: almost nothing arrives.",
)
POSTER_DONE = Work(
    text="The poster hangs beside the water fountain. Here is a photo of the part with the numbers.",
    file="picture",
    reflection="Drawing the heat arrows. They are bigger than all the others together.",
)
POSTER_LINKED = Work(
    text="I drew it on the tablet. **Orange** arrows are eaten, gray ones are heat.",
    link=("https://drawings.riverbend.example/pond-web-zuri", "My poster"),
)
POSTER_PICTURE = Work(text="Numbers are in kJ per square meter and year.", file="picture")
POSTER_BARE = Work(text="Sun, algae, snails, fish, heron. The arrows show who eats whom. The fungi eat all the rest.")
STORY_TEXT = Work(
    text="# Most of it is gone\n\nWe counted 212 snails and 19 fish. If every step keeps 10 %, there should be about "
    "21 fish. There are 19, so the rule fits.\n\nIf the snails got ill, the fish would feel it within weeks, because "
    "nothing else in our pond brings the algae up to them.",
)
STORY_DOCUMENT = Work(text="Two graphs and my page are in the document.", file="document")
STORY_LINKED = Work(
    text="The sheet has both graphs. My claim stands under the second one.",
    link=("https://sheets.riverbend.example/pond-counts-tomasz", "Graphs and claim"),
    reflection="That a graph without a sentence does not claim anything.",
)
STORY_SHORT = Work(
    text="Graph one: animals at each level. Graph two: their energy. The second one falls faster: big animals are few "
    "and also need more for themselves.",
)
STORY_SURE = Work(
    text="Graph one shows what we counted, graph two what the 10 % rule says. They differ by two fish.\n\nI am fairly "
    "sure about the snails, and not about the fish: they hide when we come.",
    reflection="Writing down how sure I am made me count again.",
)
WEB_BEGUN = Work(text="The pencil version is on the wall at home. Numbers come next.")

WORDS_DONE = Work(text="A producer makes sugar from light. A decomposer gives back what the dead no longer need.")
WORDS_STORY = Work(text="Once an alga told a snail: “Without me you are nothing.” The fungus laughed. It could wait.")
WORDS_PAIRS = Work(text="Producer and consumer: one makes, one takes. Herbivore and carnivore: leaves or legs.")
WORDS_CRIME = Work(text="The producer was found dead at noon. All consumers had a motive. The decomposer smiled.")
WORDS_CARDS = Work(text="I made cards with the word on one side and what it eats on the other. Photos follow.")
WORDS_BEGUN = Work(text="The heron was the boss of the pond, until")

TO_SAMIR = "Your heat arrows taught me something. Next time: what happens a year after the change?"
TO_NOOR = "Two good graphs. The 10 % rule is close: say which number backs up your claim."
TO_MIA = "I listened to it twice. The silence after the heron’s number is the best explanation of the year."
TO_RAVI = "Your web is right. The arrows have no numbers yet: take them from Monday’s counts and hand it in again."
TO_AISHA = "You say how sure you are. That is what scientists do."

"""Journey 2: a student picks a way, changes their mind, and hands in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FilePayload, expect

from tests.journeys.conftest import Be
from tests.journeys.shots import shoot
from tests.journeys.steps import POSTER, STORY, TEACHER, pick, publish

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63f8ffff3f0005fe02fea7355a0a0000000049454e44ae426082"
)


def test_a_student_picks_changes_their_mind_and_hands_in(be: Be) -> None:
    publish(be(TEACHER), "Pick")
    student = be("Ada Lindgren")
    tool = student.open("Pick")
    expect(student.board).to_have_text("Pick how you will show it")
    shoot(student, "student-choose")
    pick(student, "Pick", POSTER)

    tool.get_by_role("link", name="Pick", exact=True).click()  # back from the work to the ways
    expect(student.board).to_have_text(f"{POSTER} it is")
    shoot(student, "student-picked")
    tool.get_by_role("radio", name=STORY).check()
    tool.get_by_role("button", name="Go on with this way").click()
    expect(student.board).to_have_text(STORY)

    tool.get_by_label("Your text").fill("# Who eats whom\n\nMost energy is **lost** as heat.")
    tool.get_by_label("A link").fill("pond.example.org/data")
    tool.get_by_label("What is it?").fill("My table")
    picture: FilePayload = {"name": "web.png", "mimeType": "image/png", "buffer": PICTURE}
    tool.get_by_label("Photos, sound, video or a document").set_input_files(picture)
    tool.get_by_role("button", name="Add these").click()
    expect(tool.get_by_role("link", name="My table")).to_have_attribute("href", "https://pond.example.org/data")
    tool.get_by_role("group", name="web.png").get_by_role("checkbox", name="Reasons").check()
    tool.get_by_label("How did you learn it?").fill("Counting the snails myself.")
    shoot(student, "student-hand-in")
    tool.get_by_role("button", name="Hand in").click()

    expect(student.board).to_have_text("We have it")
    shoot(student, "student-receipt")
    receipt = tool.get_by_role("region", name="Receipt")
    expect(receipt).to_contain_text("Handed in")
    expect(receipt).to_contain_text("Files and links2")
    expect(tool.get_by_role("heading", name="Who eats whom")).to_be_visible()
    shown = tool.get_by_role("img", name="Picture: web.png")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 1
    expect(tool.get_by_text("shows Reasons")).to_be_visible()

    student.open("Pick")  # the same tomorrow: the next step is to wait
    expect(student.board).to_have_text("We have it")


def test_a_mind_can_be_changed_until_the_way_is_settled(be: Be, clock: Callable[[float], None]) -> None:
    publish(be(TEACHER), "Settled")
    student = be("Bilal Hussain")
    pick(student, "Settled", POSTER)
    clock(10)  # of fourteen days; the way is settled at 55 % of them
    student.tool.get_by_role("link", name="Settled", exact=True).click()
    expect(student.tool.get_by_text("Your way is settled.")).to_be_visible()
    expect(student.tool.get_by_role("button", name="Go on with this way")).to_have_count(0)


def test_work_begun_is_there_the_next_day(be: Be) -> None:
    publish(be(TEACHER), "Begun")
    student = be("Camila Torres")
    tool = pick(student, "Begun")
    tool.get_by_label("Your text").press_sequentially("A first line")
    expect(tool.get_by_role("status")).to_contain_text("Saved at")
    student.open("Begun")
    expect(student.tool.get_by_label("Your text")).to_have_value("A first line")

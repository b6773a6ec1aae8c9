"""Which ideas are alike."""

from __future__ import annotations

from random import Random
from time import perf_counter, process_time

from personalization.board.alike import MOST, Idea, groups


def test_titles_that_differ_in_case_accents_and_signs_are_alike() -> None:
    ideas = [Idea(1, "A card game!", "x"), Idea(2, "Ein Lied", "y"), Idea(3, "a CÁRD game", "z")]
    assert groups(ideas) == [[1, 3]]


def test_plans_alone_make_ideas_alike() -> None:
    plan = "I film the pond for a week and speak over it"
    ideas = [Idea(1, "Duck TV", plan), Idea(2, "Pond film", plan + " slowly"), Idea(3, "Essay", "I write about ducks")]
    assert groups(ideas) == [[1, 2]]


def test_three_words_of_five_are_near_enough_and_two_are_not() -> None:
    one = Idea(1, "a b c d", "")
    assert groups([one, Idea(2, "a b c e", "")]) == [[1, 2]]  # 3 of 5
    assert groups([one, Idea(2, "a b e f", "")]) == []  # 2 of 6


def test_a_chain_of_small_steps_is_no_group() -> None:
    ideas = [Idea(1, "a b c d", ""), Idea(2, "b c d e", ""), Idea(3, "c d e f", "")]
    assert groups(ideas) == [[1, 2]]


def test_empty_texts_have_nothing_in_common() -> None:
    assert groups([Idea(1, "", ""), Idea(2, "", ""), Idea(3, "…", "!")]) == []


def test_ideas_written_to_keep_the_page_waiting_are_compared_in_a_moment_too() -> None:
    """Many short words, none of them shared by enough; and signs that grow when their accents are taken off."""
    words = [f"{n:x}" for n in range(0x100, 0x1000)]
    draw = Random(1)  # noqa: S311  # the same words each time
    crowded = [Idea(n, f"{n}", " ".join(draw.sample(words, 600))) for n in range(MOST)]
    grown = [Idea(n, f"{n}", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 20_000) for n in range(MOST)]
    for ideas in (crowded, grown):
        begin = process_time()
        groups(ideas)
        assert process_time() - begin < 4


def test_five_hundred_long_ideas_are_compared_in_a_moment() -> None:
    texts = [" ".join(f"word{n}x{i}" for i in range(120)) for n in range(MOST + 50)]
    ideas = [Idea(n, f"Title {n}", text) for n, text in enumerate(texts)]
    begin = perf_counter()
    found = groups(ideas)
    assert perf_counter() - begin < 10
    assert found == []
    assert groups([*ideas[:MOST], ideas[0]]) == []  # what comes after the bound is left alone

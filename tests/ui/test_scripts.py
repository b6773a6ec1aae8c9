"""The small scripts, in a real browser: each adds ease, none is needed."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, Route, expect

from tests.ui.site import Site

SAVED = "Saved at 7:45 pm."


def paths(site: Site) -> list[str]:
    return [path for path, _ in site.posts]


def test_a_form_saves_itself_and_shows_what_the_server_says(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    status = page.locator("form [role=status]")
    expect(status).to_have_text("Saved at 7:42 pm. You can close this and come back.")
    page.get_by_label("Plan").press_sequentially("A card game")
    expect(status).to_have_text(SAVED)
    expect(page.locator("[data-saved=lines]")).to_have_text("1 of 3")
    assert paths(site) == ["/draft"]  # once, after the typing, not per key
    sent = site.posts[0][1]
    assert sent["plan"] == "A card game"
    assert sent["csrf_token"]
    assert "file" not in sent


def test_a_lost_connection_is_told_and_made_up_for(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    page.context.set_offline(True)
    page.get_by_label("Plan").fill("One")
    status = page.locator("form [role=status]")
    expect(status).to_have_text("Not saved since 7:42 pm: no connection. Keep this page open")
    assert site.posts == []
    page.context.set_offline(False)
    expect(status).to_have_text(SAVED)
    assert site.posts[-1][1]["plan"] == "One"


def test_a_refusal_says_why_in_the_server_s_words(page: Page, site: Site) -> None:
    site.refusal = "The time for ideas was over on Fri, Nov 13"
    page.goto(site.url + "/draft")
    page.get_by_label("Plan").fill("Too late")
    words = "Not saved since 7:42 pm: The time for ideas was over on Fri, Nov 13. Keep this page open"
    expect(page.locator("form [role=status]")).to_have_text(words)


def test_what_is_typed_during_a_slow_save_is_saved_after_it(page: Page, site: Site) -> None:
    site.slowness = 2
    page.goto(site.url + "/draft")
    page.get_by_label("Plan").fill("One")
    with page.expect_request("**/draft"):
        pass
    page.get_by_label("Plan").fill("One, two")
    expect(page.locator("form [role=status]")).to_have_text(SAVED)
    site.slowness = 0
    with page.expect_response("**/draft"):
        pass
    assert [form["plan"] for _, form in site.posts] == ["One", "One, two"]


def test_an_answer_that_is_no_json_is_a_fault_on_our_side(page: Page, site: Site) -> None:
    def broken(route: Route) -> None:
        route.fulfill(status=200, body="<html>Sign in to the school’s network first</html>")

    page.goto(site.url + "/draft")
    page.route("**/draft", broken)
    page.get_by_label("Plan").fill("x")
    expect(page.locator("form [role=status]")).to_contain_text("something broke on our side")


def test_leaving_at_once_saves_too(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    page.get_by_label("Plan").fill("Last words")
    page.get_by_role("link", name="Away").click()
    expect(page.get_by_role("heading", name="Pick")).to_be_visible()
    for _ in range(50):  # the browser sends it on its own time, after the page is gone
        if site.posts:
            break
        page.wait_for_timeout(100)
    assert [form["plan"] for _, form in site.posts] == ["Last words"]


def test_sending_is_not_followed_by_a_late_draft(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    page.get_by_label("Plan").fill("Final")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Pick")).to_be_visible()
    page.wait_for_timeout(1500)  # longer than the pause before an autosave
    assert paths(site) == ["/sent"]
    assert site.posts[0][1]["do"] == "send"  # the pressed button's value is not lost


def test_a_second_press_while_the_first_is_under_way_sends_nothing(page: Page, site: Site) -> None:
    site.slowness = 1
    page.goto(site.url + "/draft")
    send = page.get_by_role("button", name="Send")
    press_twice = "button => { button.click(); setTimeout(() => button.click(), 400); return button.ariaDisabled }"
    assert send.evaluate(press_twice) == "true"
    expect(page.get_by_role("heading", name="Pick")).to_be_visible()
    assert paths(site) == ["/sent"]


def test_what_is_answered_by_a_file_can_soon_be_sent_again(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    button = page.get_by_role("button", name="Download")
    for _ in range(2):
        with page.expect_download():
            button.dblclick()
        expect(button).not_to_have_attribute("aria-disabled", "true")
    assert paths(site) == ["/file", "/file"]


def test_coming_back_the_form_can_be_sent_again(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    for _ in range(2):
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Pick")).to_be_visible()
        page.go_back()
    assert paths(site) == ["/sent", "/sent"]


def test_ready_words_go_into_the_box_and_stay_editable(page: Page, site: Site) -> None:
    page.goto(site.url + "/draft")
    box = page.get_by_label("Plan")
    box.fill("Nice idea.")
    page.get_by_role("button", name="See it").click()
    expect(box).to_have_value("Nice idea. How will I see it?")
    expect(box).to_be_focused()
    expect(page.locator("form [role=status]")).to_have_text(SAVED)  # inserted words are saved like typed ones
    assert paths(site) == ["/draft"]


def test_without_scripts_the_buttons_still_send(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/draft")
    page.get_by_label("Plan").fill("By hand")
    with page.expect_response("**/sent"):
        page.get_by_role("button", name="See it").click()
    assert (site.posts[0][1]["plan"], site.posts[0][1]["words"]) == ("By hand", "1")
    context.close()


def test_the_browsers_zone_is_filled_in(browser: Browser, site: Site) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(site.url + "/draft")
    expect(page.locator("input[data-zone]")).to_have_value("Asia/Tokyo")
    context.close()


def test_the_list_of_faults_takes_the_focus(page: Page, site: Site) -> None:
    page.goto(site.url + "/ui/gallery")
    expect(page.locator("[role=alert]")).to_be_focused()


def test_the_frame_is_told_its_height_when_it_grows_and_when_it_shrinks(page: Page, site: Site) -> None:
    page.add_init_script("window.told = []; addEventListener('message', event => told.push(event.data))")
    page.route("**/parent", lambda route: route.fulfill(body=f'<iframe src="{site.url}/draft" width="600"></iframe>'))
    page.goto(site.url + "/parent")
    page.wait_for_function("told.length > 0")
    first = page.evaluate("told.at(-1)")
    assert first["subject"] == "lti.frameResize"
    assert set(first) == {"subject", "height"}
    box = page.frame_locator("iframe").get_by_label("Plan")
    box.fill("line\n" * 40)
    page.wait_for_function("told.at(-1).height > 900")
    page.evaluate("document.querySelector('iframe').height = told.at(-1).height")  # as an LMS does
    box.fill("")
    page.wait_for_function(f"told.at(-1).height == {first['height']}")


def test_a_page_of_its_own_tells_nobody(page: Page, site: Site) -> None:
    page.add_init_script("window.told = []; addEventListener('message', event => told.push(event.data))")
    page.goto(site.url + "/draft")
    page.wait_for_load_state("load")
    page.wait_for_timeout(300)
    assert page.evaluate("told") == []


def test_the_toast_leaves_the_main_button_free(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 320, "height": 500})
    page.goto(site.url + "/draft")
    toast = page.locator("div.toast").bounding_box()
    button = page.get_by_role("button", name="Send").bounding_box()
    assert toast is not None
    assert button is not None
    assert toast["y"] + toast["height"] <= button["y"]


def test_what_happened_fades_but_never_floats_for_those_who_want_less_motion(browser: Browser, site: Site) -> None:
    for motion, position in (("no-preference", "fixed"), ("reduce", "static")):
        context = browser.new_context(reduced_motion="reduce" if motion == "reduce" else "no-preference")
        page = context.new_page()
        page.goto(site.url + "/student")
        toast = page.locator(".toast")
        assert toast.evaluate("e => getComputedStyle(e).position") == position
        assert toast.evaluate("e => getComputedStyle(e).animationName") == ("none" if motion == "reduce" else "leave")
        context.close()

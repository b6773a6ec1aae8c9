"""A person without a mouse: Tab, arrows, Space, Enter and letters, and the eyes to see where the focus is."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, Page

MOST_STOPS = 120  # on the way to one control
FOCUS = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  return { frame: one.tagName === "IFRAME", ring, size: box.width * box.height, html: one.outerHTML.slice(0, 160) };
}"""


class Keyboard:
    """Moves through a page and the tool's frame in it. Every stop must show that it is one."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def to(self, target: Locator) -> None:
        """Tab until the control has the focus."""
        for _stop in range(MOST_STOPS):
            if target.evaluate("one => one === document.activeElement && one.ownerDocument.hasFocus()"):
                return
            self._page.keyboard.press("Tab")
            self._look()
        raise AssertionError(f"{MOST_STOPS} stops, and none was {target}")

    def press(self, target: Locator, key: str = "Enter") -> None:
        self.to(target)
        self._page.keyboard.press(key)

    def type(self, target: Locator, words: str) -> None:
        """Into an empty field."""
        self.to(target)
        self._page.keyboard.type(words)

    def choose(self, first: Locator, target: Locator) -> None:
        """A radio button: Tab stops at the group's first or chosen one, arrows go on from there."""
        for _stop in range(MOST_STOPS):
            if first.evaluate("one => !!document.activeElement && document.activeElement.name === one.name"):
                break
            self._page.keyboard.press("Tab")
            self._look()
        self._page.keyboard.press("Space")
        for _step in range(10):
            if target.is_checked():
                return
            self._page.keyboard.press("ArrowDown")
            self._look()
        raise AssertionError(f"no arrow led to {target}")

    def _look(self) -> None:
        """Where the focus is now can be seen, in the frame that has it."""
        frame: Frame = self._page.main_frame
        found = frame.evaluate(FOCUS)
        while found and found["frame"]:
            frame = frame.child_frames[0]
            found = frame.evaluate(FOCUS)
        if found:
            assert found["ring"], f"no sign of focus at {found['html']}"
            assert found["size"] > 0, f"the focus is at something without a size: {found['html']}"

"""Ways of using a page: with a pointer, by keyboard alone; each sees that the page fits its window."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

_LEADS_ON = "e => e.tagName === 'A' || e.tagName === 'BUTTON' && e.type === 'submit'"
_FOCUSED = "e => e === document.activeElement"
_SEEN = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 || style.boxShadow !== 'none';
}"""


@dataclass
class Pointer:
    """A mouse or a finger."""

    page: Page
    pictures: Path | None = None
    wide: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        """Types an address."""
        self.page.goto(address)
        self._look()

    def press(self, target: Locator) -> None:
        """Presses a link, a button or a tick."""
        if target.evaluate(_LEADS_ON):
            with self.page.expect_navigation():
                self._push(target)
        else:
            self._push(target)
        self._look()

    def _push(self, target: Locator) -> None:
        target.click()

    def write(self, label: str, text: str) -> None:
        """Fills in a field, found by its label."""
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label: str, text: str) -> None:
        """Chooses an answer from a list, known by its label."""
        self.page.get_by_label(label, exact=True).select_option(label=text)

    def link(self, name: str, within: str = "body") -> Locator:
        """A link by its whole words."""
        return self.page.locator(within).get_by_role("link", name=name, exact=True).first

    def button(self, name: str | re.Pattern[str], within: str = "body") -> Locator:
        """A button by its whole words."""
        return self.page.locator(within).get_by_role("button", name=name, exact=True).first

    def tick(self, label: str) -> Locator:
        """A tick by its label."""
        return self.page.get_by_role("checkbox", name=label)

    def says(self, text: str) -> None:
        """The page shows these words."""
        self.page.get_by_text(text).first.wait_for()

    def picture(self, name: str) -> None:
        """What the page looks like now, for the README and for whoever wants to see the walk."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png", animations="disabled", caret="hide")

    def _look(self) -> None:
        self.page.wait_for_load_state()
        room, needed = self.page.evaluate("[window.innerWidth, document.documentElement.scrollWidth]")
        if needed > room:
            self.wide.append(f"{self.page.url} needs {needed} of {room}")


class Keyboard(Pointer):
    """No pointer: Tab to it, see where the focus is, press Enter or Space."""

    MOST = 250

    def _push(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Space" if target.evaluate("e => e.tagName") == "INPUT" else "Enter")

    def write(self, label: str, text: str) -> None:
        """Reaches the field by Tab alone and types."""
        self._reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str, text: str) -> None:
        self._reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.type(text)

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(self.MOST):
            if target.evaluate(_FOCUSED):
                assert self.page.evaluate(_SEEN), f"the focus cannot be seen on {self.page.url}"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {target} on {self.page.url}")

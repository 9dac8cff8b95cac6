"""How someone uses a page: with a mouse, with the keyboard alone, or without script."""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page

FARTHEST_TAB = 400
Answers = Mapping[str, Any]


class Mouse:
    """Clicks and types. Works without script too."""

    def press(self, target: Locator) -> None:
        """Press what leads to another page, and wait until one is there."""
        with target.page.expect_navigation():
            target.first.click()

    def fill(self, page: Page, name: str, value: Any) -> None:
        field = page.locator(f'[name="{name}"]').first
        kind = field.evaluate("e => e.type")
        if kind in {"radio", "checkbox"}:
            for one in value if isinstance(value, list) else [value]:
                wanted = "" if one is True else f'[value="{one}"]'
                page.locator(f'[name="{name}"]{wanted}').first.check()
        elif kind == "select-one":
            field.select_option(value)
        else:
            field.fill(str(value))


class Keyboard:
    """Tab, arrows, Space, Enter and letters only; the focus is looked for as a person would."""

    def press(self, target: Locator) -> None:
        """Press what leads to another page, and wait until one is there."""
        self._reach(target.first)
        with target.page.expect_navigation():
            target.page.keyboard.press("Enter")

    def fill(self, page: Page, name: str, value: Any) -> None:
        field = page.locator(f'[name="{name}"]').first
        kind = field.evaluate("e => e.type")
        if kind == "checkbox":
            for one in value if isinstance(value, list) else [value]:
                wanted = "" if one is True else f'[value="{one}"]'
                box = page.locator(f'[name="{name}"]{wanted}').first
                self._reach(box)
                if not box.is_checked():
                    page.keyboard.press("Space")
        elif kind == "radio":
            self._choose(page, name, value)
        elif kind == "select-one":
            self._reach(field)
            self._select(field, value)
        else:
            self._reach(field)
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(str(value))

    def _choose(self, page: Page, name: str, value: str) -> None:
        """A group of radio buttons is one stop; arrows move and choose within it."""
        wanted = page.locator(f'[name="{name}"][value="{value}"]')
        for _ in range(FARTHEST_TAB):
            if page.evaluate("document.activeElement.name") == name:
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Space")
        for _ in range(20):
            if wanted.is_checked():
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name}={value} cannot be chosen with the arrows")

    def _select(self, field: Locator, value: str) -> None:
        for _ in range(100):
            if field.input_value() == value:
                return
            field.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} cannot be selected with the arrows")

    def _reach(self, target: Locator) -> None:
        for _ in range(FARTHEST_TAB):
            if target.evaluate("e => e === document.activeElement"):
                return
            target.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {target}")

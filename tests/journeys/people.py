"""The people of a journey: each with a browser of their own, doing tasks as on any working day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.hands import Answers, Keyboard, Mouse
from tests.journeys.served import Served

RULES = "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
WORDS = """main => {
  const nodes = document.createTreeWalker(main, NodeFilter.SHOW_TEXT), found = [];
  while (nodes.nextNode()) found.push(nodes.currentNode.data);
  return found;
}"""
"""Every piece of text in an element by itself, the hidden ones too."""
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}")


@dataclass
class Inspector:
    """Holds every new kind of page to WCAG 2.1 AA in light and dark, and to 320 px."""

    axe: str
    seen: set[tuple[str, str]] = field(default_factory=set)

    def look(self, page: Page) -> None:
        # The same question to another of a family is the same kind of page.
        key = (UUID.sub("*", page.url.split("?")[0]), page.title().split(" – ")[0])
        if key in self.seen:
            return
        self.seen.add(key)
        page.evaluate(self.axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate(RULES)["violations"]
            wrong = [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found]
            assert not wrong, (page.url, scheme, wrong)
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 320, "height": 700})
        width = page.evaluate("document.documentElement.scrollWidth")
        page.set_viewport_size({"width": 1280, "height": 900})
        assert width <= 320, (page.url, f"is {width} px wide at 320")


@dataclass
class Cast:
    """Everybody in a journey, and how they use their browsers."""

    served: Served
    browser: Browser
    hands: Mouse | Keyboard
    script: bool = True
    width: int = 1280
    inspector: Inspector | None = None
    _people: dict[str, "Someone"] = field(default_factory=dict)

    def __getitem__(self, name: str) -> "Someone":
        if name not in self._people:
            context = self.browser.new_context(
                locale="nb-NO",
                timezone_id="Europe/Oslo",
                viewport={"width": self.width, "height": 900},
                java_script_enabled=self.script,
            )
            context.set_default_timeout(20_000)
            self._people[name] = Someone(name, self, context, context.new_page())
            self._people[name].log_in()
        return self._people[name]

    def close(self) -> None:
        for someone in self._people.values():
            someone.context.close()


@dataclass
class Someone:
    """One person at their screen."""

    name: str
    cast: Cast
    context: BrowserContext
    page: Page

    def visit(self, path: str) -> Page:
        answer = self.page.goto(self.cast.served.url + path)
        assert answer is not None
        assert answer.status < 400, (self.name, path, answer.status)
        self.look()
        return self.page

    def look(self) -> None:
        if self.cast.inspector:
            self.cast.inspector.look(self.page)
        if not self.cast.script:
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= self.cast.width, (self.page.url, f"is {wide} px wide without script")

    def press(self, text: str) -> None:
        """Press the button or follow the link with this text."""
        named = self.page.get_by_role("button", name=text).or_(
            self.page.get_by_role("link", name=text)
        )
        self.cast.hands.press(named)
        self.look()

    def log_in(self) -> None:
        self.visit("/demo/")
        account = self.cast.served.world.accounts[self.name].id
        self.cast.hands.press(self.page.locator(f'button[value="{account}"]'))
        self.page.wait_for_url(re.compile(r"/oppgaver/|/personer/"))
        self.look()

    def open_task(self, element: str, about: str = "") -> None:
        """Find the task in the list and open it; in a family, the one that is about a member."""
        self.visit("/oppgaver/?vis=alle")
        ids = [task.id for task in self.cast.served.tasks(element, about)]
        links = ", ".join(f'a[href*="/oppgaver/{task_id}"]' for task_id in ids)
        assert ids, f"no task at {element}"
        self.cast.hands.press(self.page.locator(links))
        expect(self.page.locator("h1")).to_be_visible()
        self.look()

    def fill(self, answers: Answers) -> None:
        """Type answers; a list of dicts fills the rows of a list, adding those that lack."""
        for name, value in answers.items():
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                self._fill_rows(name, value)
            else:
                self.cast.hands.fill(self.page, name, value)

    def _fill_rows(self, path: str, rows: list[Any]) -> None:
        for index, row in enumerate(rows):
            for key, value in row.items():
                name = f"{path}-{index}-{key}"
                if not self.page.locator(f'[name="{name}"]').count():
                    self.cast.hands.press(self.page.locator(f'[name="add:{path}"]'))
                self.cast.hands.fill(self.page, name, value)

    def do(self, element: str, **answers: Any) -> None:
        """Open a task, answer it and send it in."""
        self.do_for("", element, **answers)

    def do_for(self, about: str, element: str, **answers: Any) -> None:
        """Answer the task that is about one member of a family."""
        self.open_task(element, about)
        self.fill(answers)
        self.press("Send inn")
        expect(self.page.locator(".ds-error-summary")).to_have_count(0)

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def sees_nothing_of(self, *texts: str) -> None:
        """None of these words stand on the page, also where it is folded together."""
        found = " | ".join(self.page.locator("main").evaluate(WORDS))
        assert "|" in found, "the page is empty"
        for text in texts:
            assert not re.search(rf"\b{re.escape(text)}\b", found), (self.name, text, found)

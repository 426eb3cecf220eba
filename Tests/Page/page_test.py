"""What the tests of the page begin with: a browser that all share, a fresh page on a fresh server."""

from __future__ import annotations

import atexit
import functools
import json
import unittest
from typing import Any

import chromium
from fake_server import FakeServer

DONE = (
    "document.querySelectorAll('.answer[aria-busy=false]').length === %d"
    " && !document.querySelector('[aria-busy=true]')"
)


@functools.lru_cache(maxsize=None)
def browser() -> chromium.Browser:
    """The browser of this run, started when first asked for."""
    executable = chromium.find()
    assert executable
    started = chromium.Browser(executable)
    atexit.register(started.close)
    return started


class BrowserTest(unittest.TestCase):
    """A test that is skipped, by name, where there is no browser."""

    def setUp(self) -> None:
        if not chromium.find():
            self.skipTest("Chromium is not here: install it, or set CHROMIUM to its path")


class PageTest(BrowserTest):
    """A fresh page on a fresh server."""

    width, height = 1200, 800

    def setUp(self) -> None:
        super().setUp()
        self.server = FakeServer()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.page = chromium.Page(browser(), self.width, self.height)
        self.addCleanup(self.page.close)
        self.open()

    def tearDown(self) -> None:
        self.server.gate.set()
        thrown = self.page.browser.events(self.page.session, "Runtime.exceptionThrown")
        self.assertEqual(thrown, [], "the page threw")
        logged = [
            each["entry"]["text"] for each in self.page.browser.events(self.page.session, "Log.entryAdded")
        ]
        # Chromium logs each answer with an error status, and each connection that breaks.
        unexpected = [text for text in logged if not text.startswith("Failed to load resource")]
        self.assertEqual(unexpected, [], "the browser complained, of the policy perhaps")

    def open(self) -> None:
        self.page.open(self.server.url)
        self.page.wait("!document.getElementById('model').disabled || document.querySelector('dialog[open]')")

    def send(self, text: str, answers: int = 0) -> None:
        """Types and sends a message; with `answers`, waits until so many are there and complete."""
        self.page.run("document.getElementById('message').focus()")
        self.page.type(text)
        self.page.key("Enter")
        if answers:
            self.page.wait(DONE % answers)

    def last(self, selector: str, property: str = "textContent") -> Any:
        return self.page.run(f"[...document.querySelectorAll({json.dumps(selector)})].at(-1)?.{property}")

    def press(self, text: str, within: str = "body") -> None:
        """Clicks the last visible button with this text or label."""
        self.page.run(f"""(() => {{
            document.querySelector("[data-press]")?.removeAttribute("data-press");
            const buttons = [...document.querySelectorAll({json.dumps(within + ' button')})];
            buttons.filter(each => each.checkVisibility()
                && [each.textContent.trim(), each.getAttribute("aria-label")].includes({json.dumps(text)}))
                .at(-1).dataset.press = "";
        }})()""")
        self.page.click("[data-press]")

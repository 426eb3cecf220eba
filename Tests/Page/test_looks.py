"""How the page looks, and the page of a running server."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

import chromium
from page_test import DONE, BrowserTest, PageTest, browser


class Screenshots(PageTest):
    """The states worth looking at; without ZONDA_PAGE_SHOTS they are drawn and dropped."""

    def setUp(self) -> None:
        super().setUp()
        folder = os.environ.get("ZONDA_PAGE_SHOTS")
        if not folder:
            dropped = tempfile.TemporaryDirectory()
            self.addCleanup(dropped.cleanup)
            folder = dropped.name
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def shot(self, name: str) -> None:
        path = self.folder / f"{name}.png"
        self.page.shot(path)
        self.assertGreater(path.stat().st_size, 5000)

    def test_states_in_light_and_dark(self) -> None:
        for scheme in ("light", "dark"):
            self.page.media(prefers_color_scheme=scheme)
            for width, height, scale, name in ((1200, 800, 1, "wide"), (360, 740, 2, "phone")):
                self.page.size(width, height, scale)
                self.page.run("localStorage.clear()")
                self.open()
                self.page.run("new Promise(done => setTimeout(done, 2600))")
                self.shot(f"{scheme}-{name}-empty")
                self.send("think about the wind", 1)
                self.server.gate.clear()
                self.send("Why is the Zonda warm?")
                self.page.wait("document.querySelector('.waiting:not([hidden])')")
                self.shot(f"{scheme}-{name}-waiting")
                self.page.key("Escape")
                self.server.gate.set()
                self.page.wait(DONE % 2)
                self.send("markdown", 3)
                self.shot(f"{scheme}-{name}-answer")
                self.page.run("log.scrollTop -= log.clientHeight * .85")
                self.page.run("new Promise(done => setTimeout(done, 100))")
                self.shot(f"{scheme}-{name}-earlier")
                self.server.failures = 1
                self.send("busy", 4)
                self.shot(f"{scheme}-{name}-failure")
                if name == "phone":
                    self.page.click("#menu")
                    self.shot(f"{scheme}-{name}-drawer")
                    self.page.key("Escape")
                self.page.click("#options")
                self.shot(f"{scheme}-{name}-settings")
                self.page.key("Escape")


@unittest.skipUnless(os.environ.get("ZONDA_URL"), "ZONDA_URL names no running server")
class RealServer(BrowserTest):
    """The same page as a real server sends it."""

    def test_answers_under_the_servers_own_policy(self) -> None:
        page = chromium.Page(browser())
        self.addCleanup(page.close)
        page.open(os.environ["ZONDA_URL"])
        page.wait("!document.getElementById('model').disabled", 60)
        page.run("document.getElementById('message').focus()")
        page.type("Name three winds.")
        page.key("Enter")
        page.wait(DONE % 1, 120)
        self.assertIsNone(page.run("document.querySelector('.failure')?.textContent ?? null"))
        self.assertGreater(page.run("document.querySelector('.answer > .md').textContent.length"), 0)
        self.assertRegex(
            page.run("document.querySelector('.answer footer span').textContent"), r"^\d+ tokens? · "
        )
        self.assertEqual(
            [each["entry"]["text"] for each in browser().events(page.session, "Log.entryAdded")], []
        )
        if folder := os.environ.get("ZONDA_PAGE_SHOTS"):
            page.shot(Path(folder) / "real.png")

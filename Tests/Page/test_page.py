#!/usr/bin/env python3
"""The chat page in headless Chromium, against a server that plays the API. Needs Chromium and nothing else.

    python3 Tests/Page/test_page.py [-v] [Test.name ...]
    ZONDA_PAGE_SHOTS=FOLDER python3 Tests/Page/test_page.py Screenshots    # writes PNGs to look at
    ZONDA_URL=http://127.0.0.1:8080/ python3 Tests/Page/test_page.py RealServer    # a running `zonda serve`

Without Chromium (on the path, or named by $CHROMIUM) the tests that need it are skipped, by name.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import chromium  # noqa: E402
from fake_server import HERE, PAGE, FakeServer, answer_to  # noqa: E402

DONE = "document.querySelectorAll('.answer[aria-busy=false]').length === %d && !document.querySelector('[aria-busy=true]')"
browser: chromium.Browser | None = None

# Every text that is seen, with the contrast to what lies behind it (WCAG 2.2, 1.4.3), if that is under 4.5.
FAINT = """(() => {
    const numbers = colour => { const c = colour.match(/[\\d.]+/g).map(Number); return [c[0], c[1], c[2], c[3] ?? 1]; };
    const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3])).concat(1);
    const behind = e => e ? over(numbers(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : [255, 255, 255, 1];
    const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
    const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    const check = (e, style, text) => {
        const under = behind(e), value = ratio(over(numbers(style.color), under), under);
        seen++;
        if (value < 4.5) found.push(`${text.slice(0, 40)}: ${value.toFixed(2)}`);
    };
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (walk.currentNode.data.trim() && e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest('script, option')) {
            check(e, getComputedStyle(e), walk.currentNode.data);
        }
    }
    for (const e of document.querySelectorAll('input, textarea, select')) {
        if (e.checkVisibility({ checkVisibilityCSS: true })) {
            check(e, getComputedStyle(e), e.name || e.id);
            if (e.placeholder) check(e, getComputedStyle(e, '::placeholder'), e.placeholder);
        }
    }
    return [seen, found];
})()"""


def setUpModule() -> None:
    global browser
    if executable := chromium.find():
        browser = chromium.Browser(executable)


def tearDownModule() -> None:
    if browser:
        browser.close()


class BrowserTest(unittest.TestCase):
    """A test that is skipped, by name, where there is no browser."""

    def setUp(self) -> None:
        if not browser:
            self.skipTest("Chromium is not here: install it, or set CHROMIUM to its path")


class PageTest(BrowserTest):
    """A fresh page on a fresh server."""

    width, height = 1200, 800

    def setUp(self) -> None:
        super().setUp()
        self.server = FakeServer()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        assert browser
        self.page = chromium.Page(browser, self.width, self.height)
        self.addCleanup(self.page.close)
        self.open()

    def tearDown(self) -> None:
        self.server.gate.set()
        thrown = self.page.browser.events(self.page.session, "Runtime.exceptionThrown")
        self.assertEqual(thrown, [], "the page threw")
        logged = [each["entry"]["text"] for each in self.page.browser.events(self.page.session, "Log.entryAdded")]
        # Chromium logs each answer with an error status, and each connection that breaks.
        unexpected = [text for text in logged if not text.startswith("Failed to load resource")]
        self.assertEqual(unexpected, [], "the browser complained, of the policy perhaps")

    def open(self) -> None:
        self.page.open(self.server.url)
        self.page.wait("!document.getElementById('model').disabled || document.querySelector('dialog[open]')")

    def send(self, text: str, answers: int = 0) -> None:
        """Types and sends a message; with `answers`, waits until there are so many and none is being written."""
        self.page.run("document.getElementById('message').focus()")
        self.page.type(text)
        self.page.key("Enter")
        if answers:
            self.page.wait(DONE % answers)

    def last(self, selector: str, property: str = "textContent") -> str:
        return self.page.run(f"[...document.querySelectorAll({json.dumps(selector)})].at(-1)?.{property}")

    def press(self, text: str, within: str = "body") -> None:
        """Clicks the last visible button with this text or label."""
        self.page.run(f"""(() => {{
            document.querySelector("[data-press]")?.removeAttribute("data-press");
            [...document.querySelectorAll({json.dumps(within + ' button')})].filter(each => each.checkVisibility()
                && [each.textContent.trim(), each.getAttribute("aria-label")].includes({json.dumps(text)}))
                .at(-1).dataset.press = "";
        }})()""")
        self.page.click("[data-press]")


class File(unittest.TestCase):
    """What the server relies on, and what a strict policy asks for."""

    text = PAGE.read_text(encoding="utf-8")

    def test_has_one_style_and_one_script_without_attributes(self) -> None:
        for name in ("style", "script"):
            self.assertEqual(len(re.findall(rf"<{name}[\s>]", self.text)), 2 if f"its one <{name}>" in self.text else 1)
            self.assertEqual(self.text.count(f"\n<{name}>\n"), 1)
            self.assertEqual(self.text.count(f"</{name}>"), 1)

    def test_has_no_attribute_that_is_style_or_script(self) -> None:
        markup = re.sub(r"(?s)<!--.*?-->|<(style|script)>.*?</\1>", "", self.text)
        self.assertIsNone(re.search(r"<[^>]+\s(style|on\w+)=", markup))

    def test_takes_nothing_from_elsewhere(self) -> None:
        markup = re.sub(r"(?s)<(script)>.*?</\1>", "", self.text)
        self.assertEqual([each for each in re.findall(r"""(?:href|src|srcset|url)\s*[=(]\s*["']?([^"')\s]+)""", markup)
                          if not each.startswith(("data:", "#"))], [])
        self.assertNotIn("@import", markup)

    def test_never_hands_text_to_the_parser_of_html(self) -> None:
        for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "setHTML", "eval(",
                     "new Function", "createContextualFragment"):
            self.assertNotIn(name, self.text)

    def test_is_small_and_has_unix_lines(self) -> None:
        self.assertNotIn("\r", self.text)
        self.assertLess(len(self.text.encode()), 56 * 1024)


class Conversation(PageTest):
    def test_streams_an_answer_and_shows_what_it_took(self) -> None:
        self.server.gate.clear()
        self.send("Hello, Andes!")
        self.page.wait("document.querySelector('.waiting')?.checkVisibility()")
        self.assertEqual(self.last(".user > .text"), "Hello, Andes!")
        self.server.gate.set()
        self.page.wait(DONE % 1)
        self.assertEqual(self.last(".answer > .md"), "You said: Hello, Andes!")
        statistics = self.last(".answer footer span")
        self.assertRegex(statistics, r"^5 tokens · [\d,.]+ tok/s · first after [\d.]+ s · prompt 12 \(4 cached\)$")
        self.assertEqual(self.page.run("document.activeElement.id"), "message")

    def test_the_answer_grows_while_it_comes(self) -> None:
        self.send("slow")
        length = "document.querySelector('.answer > .md')?.textContent.length"
        self.page.wait(f"{length} > 10")
        before = self.page.run(length)
        self.page.wait(f"{length} > {before + 20}")
        self.assertIsNotNone(self.page.run("document.querySelector('.answer[aria-busy=true]')"))
        self.page.key("Escape")

    def test_asks_only_what_was_set(self) -> None:
        self.send("Hello", 1)
        self.assertEqual(self.server.requests, [{
            "model": "zonda/andes-7b", "messages": [{"role": "user", "content": "Hello"}], "stream": True,
            "stream_options": {"include_usage": True}}])

    def test_sends_the_whole_conversation_without_thoughts(self) -> None:
        self.send("think", 1)
        self.send("Go on", 2)
        self.assertEqual(self.server.requests[1]["messages"], [
            {"role": "user", "content": "think"}, {"role": "assistant", "content": "I have thought."},
            {"role": "user", "content": "Go on"}])

    def test_shows_thoughts_folded(self) -> None:
        self.send("think", 1)
        self.assertRegex(self.last("summary"), r"^Thought for [\d.]+ s$")
        self.assertFalse(self.page.run("document.querySelector('details').open"))
        self.assertEqual(self.page.run("document.querySelector('details li').textContent"), "So I think.")
        self.assertEqual(self.last(".answer > .md"), "I have thought.")

    def test_stops_by_key_and_by_button(self) -> None:
        for number, stop in enumerate((lambda: self.page.key("Escape"), lambda: self.page.click("#stop")), 1):
            self.send("slow")
            self.page.wait("[...document.querySelectorAll('.answer > .md')].at(-1)?.textContent.length > 20")
            stop()
            self.page.wait(DONE % number)
            self.assertRegex(self.last(".answer footer span"), r"^≈ \d+ tokens · .* · stopped$")
            self.assertTrue(self.last(".answer > .md").startswith("Paragraph 1 of"))
            self.assertEqual(self.page.run("document.activeElement.id"), "message")
            for _ in range(200):
                if self.server.cut == number:
                    break
                self.page.run("new Promise(done => setTimeout(done, 20))")
            self.assertEqual(self.server.cut, number, "the server's stream was not cut")
        self.send("Hello", 3)

    def test_messages_without_an_answer_between_them_are_joined(self) -> None:
        self.server.gate.clear()
        self.send("First")
        self.page.wait("document.querySelector('.waiting')?.checkVisibility()")
        self.page.key("Escape")
        self.page.wait(DONE % 1)
        self.server.gate.set()
        self.send("Second", 2)
        self.assertEqual(self.server.requests[1]["messages"], [{"role": "user", "content": "First\n\nSecond"}])

    def test_edits_the_last_message(self) -> None:
        self.send("One", 1)
        self.send("Two", 2)
        self.page.key("ArrowUp")
        self.assertEqual(self.page.run("document.activeElement.value"), "Two")
        self.page.key("Escape")
        self.assertEqual(self.last(".user > .text"), "Two")
        self.press("Edit")
        self.page.type(" and three")
        self.page.key("Enter")
        self.page.wait(DONE % 2 + " && document.querySelectorAll('.user').length === 2")
        self.assertEqual(self.last(".answer > .md"), "You said: Two and three")
        self.assertEqual(len(self.server.requests[2]["messages"]), 3)
        self.assertEqual(self.page.run("[...document.querySelectorAll('.last')].filter(e => e.checkVisibility()).length"), 2)

    def test_answers_anew(self) -> None:
        self.send("One", 1)
        self.press("Regenerate")
        self.page.wait(DONE % 1)
        self.assertEqual([each["messages"] for each in self.server.requests], [[{"role": "user", "content": "One"}]] * 2)

    def test_copies_the_source_and_the_code(self) -> None:
        self.page.browser.call("Browser.grantPermissions", {
            "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"], "browserContextId": self.page._context})
        self.send("markdown", 1)
        self.press("Copy", "figure")
        self.page.wait("document.querySelector('figure button').textContent === 'Copied'")
        self.assertTrue(self.page.run("navigator.clipboard.readText()").startswith("def falling("))
        self.press("Copy", ".answer footer")
        self.page.wait("document.querySelector('.answer footer button').textContent === 'Copied'")
        self.assertEqual(self.page.run("navigator.clipboard.readText()"), (HERE / "markdown.md").read_text(encoding="utf-8"))

    def test_says_where_an_answer_was_cut(self) -> None:
        self.send("cut", 1)
        self.assertIn("cut at the token limit", self.last(".answer footer span"))

    def test_scrolls_along_only_at_the_end(self) -> None:
        self.server.delay = 0.003
        self.send("long")
        self.page.wait("log.scrollTop > 200")
        self.page.run("log.scrollTop = 0")
        self.page.wait("!document.getElementById('latest').hidden")
        height = self.page.run("log.scrollHeight")
        self.page.wait(f"log.scrollHeight > {height + 100}")
        self.assertEqual(self.page.run("log.scrollTop"), 0)
        self.page.click("#latest")
        self.page.wait("document.getElementById('latest').hidden")
        self.page.wait(DONE % 1)
        self.assertLess(self.page.run("log.scrollHeight - log.scrollTop - log.clientHeight"), 2)

    def test_a_screen_reader_hears_each_paragraph_once(self) -> None:
        self.send("long", 1)
        spoken = self.page.run("[...document.querySelectorAll('#spoken p')].map(e => e.textContent)")
        self.assertEqual(spoken, answer_to("long")[1].split("\n\n"))
        self.assertEqual(self.page.run("document.getElementById('spoken').getAttribute('aria-live')"), "polite")


class Failures(PageTest):
    def test_a_refusal_shows_the_servers_message_and_can_be_tried_again(self) -> None:
        self.server.failures = 1
        self.send("busy", 1)
        self.assertEqual(self.last(".failure p"), "The queue of 64 requests is full. Try again in 2 s.")
        self.assertEqual(self.last(".failure", "getAttribute('role')"), "alert")
        self.press("Retry")
        self.page.wait(DONE % 1 + " && !document.querySelector('.failure')")
        self.assertEqual(self.last(".answer > .md"), "You said: busy")

    def test_a_refusal_in_another_form_shows_its_status(self) -> None:
        self.send("plain", 1)
        self.assertIn("500", self.last(".failure p"))

    def test_a_broken_stream_keeps_what_came(self) -> None:
        self.send("break", 1)
        self.assertEqual(self.last(".answer > .md"), "You said: break"[:15])
        self.assertEqual(self.last(".failure p"), "The connection broke before the answer was complete.")

    def test_an_error_within_the_stream_is_shown(self) -> None:
        self.send("fail", 1)
        self.assertEqual(self.last(".failure p"), "The device ran out of memory.")

    def test_a_server_that_is_gone_is_named(self) -> None:
        self.server.gone = True
        self.send("Hello", 1)
        self.assertIn("Is `zonda serve` still running?", self.last(".failure p"))


class Keys(PageTest):
    def test_a_key_is_asked_for_and_kept_for_the_tab_only(self) -> None:
        self.server.key = "correct"
        self.page.reload()
        self.page.wait("document.getElementById('key').open")
        self.assertIn("Incorrect API key", self.page.run("document.getElementById('key-reason').textContent"))
        self.assertEqual(self.page.run("document.activeElement.id"), "key-value")
        self.page.type("wrong")
        self.page.key("Enter")
        self.page.wait("document.getElementById('key').open && document.getElementById('key-value').value === ''")
        self.page.type("correct")
        self.page.key("Enter")
        self.page.wait("!document.getElementById('model').disabled && !document.getElementById('key').open")
        self.send("Hello", 1)
        self.assertEqual(self.last(".answer > .md"), "You said: Hello")
        self.assertNotIn("correct", self.page.run("JSON.stringify(localStorage)"))
        self.page.reload()
        self.page.wait("!document.getElementById('model').disabled")
        self.page.click("#options")
        self.page.click("#forget")
        self.assertEqual(self.page.run("sessionStorage.length"), 0)

    def test_a_key_that_is_needed_later_is_asked_for_and_the_message_sent(self) -> None:
        self.server.key = "later"
        self.send("Hello")
        self.page.wait("document.getElementById('key').open")
        self.page.type("later")
        self.page.key("Enter")
        self.page.wait("document.querySelector('.answer > .md')?.textContent === 'You said: Hello'")


class Kept(PageTest):
    def test_settings_are_sent_and_survive_a_reload(self) -> None:
        self.page.click("#options")
        for name, value in {"system": "Be brief.", "temperature": "0", "top_p": "0.9", "max_tokens": "64", "seed": "7"}.items():
            self.page.run(f"document.querySelector('[name={name}]').focus()")
            self.page.type(value)
        self.page.run("""(() => { const e = document.querySelector('[name=thinking]'); e.value = 'off';
            e.dispatchEvent(new Event('input', { bubbles: true })); })()""")
        self.press("Done")
        self.page.run("""(() => { const e = document.getElementById('model'); e.value = 'zonda/puna-1b';
            e.dispatchEvent(new Event('change', { bubbles: true })); })()""")
        self.page.reload()
        self.page.wait("!document.getElementById('model').disabled")
        self.send("Hello", 1)
        self.assertEqual(self.server.requests[0], {
            "model": "zonda/puna-1b", "stream": True, "stream_options": {"include_usage": True},
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
            "temperature": 0, "top_p": 0.9, "max_tokens": 64, "seed": 7,
            "chat_template_kwargs": {"enable_thinking": False}})
        self.page.click("#options")
        self.page.run("document.querySelector('[name=temperature]').select()")
        self.page.type("3")
        self.assertIn("Temperature", self.page.run("document.getElementById('invalid').textContent"))
        self.page.key("Escape")
        self.send("Again", 2)
        self.assertEqual(self.server.requests[1]["temperature"], 0)

    def test_conversations_survive_a_reload_and_can_be_deleted(self) -> None:
        self.send("First question", 1)
        self.press("New conversation")
        self.send("Second question", 1)
        self.page.reload()
        titles = "[...document.querySelectorAll('#chats [data-id]')].map(e => e.textContent)"
        self.assertEqual(self.page.run(titles), ["Second question", "First question"])
        self.press("First question")
        self.assertEqual(self.last(".answer > .md"), "You said: First question")
        self.press("Delete First question")
        self.assertEqual(self.page.run(titles), ["Second question"])
        self.press("Undo")
        self.assertEqual(self.last(".answer > .md"), "You said: First question")
        self.assertEqual(self.page.run(titles), ["Second question", "First question"])
        self.page.click("#options")
        self.page.click("#clear")
        self.assertEqual(len(self.page.run(titles)), 2)
        self.page.click("#clear")
        self.assertEqual(self.page.run(titles), [])
        self.assertEqual(self.page.run("Object.keys(localStorage).filter(key => key.startsWith('zonda.chat.'))"), [])

    def test_two_conversations_are_answered_at_once(self) -> None:
        self.server.gate.clear()
        self.send("First question")
        self.page.wait("document.querySelector('.answer[aria-busy=true]')")
        self.press("New conversation")
        self.send("Second question")
        self.page.wait("document.querySelectorAll('#chats li.running').length === 2")
        self.server.gate.set()
        self.page.wait("!document.querySelector('#chats li.running')")
        self.assertEqual(self.last(".answer > .md"), "You said: Second question")
        self.press("First question")
        self.assertEqual(self.last(".answer > .md"), "You said: First question")

    def test_an_answer_that_a_reload_interrupts_is_kept_as_far_as_it_came(self) -> None:
        self.send("slow")
        self.page.wait("document.querySelector('.answer > .md')?.textContent.length > 40")
        self.page.reload()
        self.page.click("#chats [data-id]")
        self.assertTrue(self.last(".answer > .md").startswith("Paragraph 1 of an answer"))

    def test_damaged_storage_does_not_stop_the_page(self) -> None:
        for value in ("{", "[1, null, {}]", '"text"', "null"):
            for key in ("zonda.settings", "zonda.chats"):
                self.page.run(f"localStorage.clear(); localStorage.setItem({json.dumps(key)}, {json.dumps(value)})")
                self.page.reload()
                self.page.wait("!document.getElementById('model').disabled")
                self.send("Hello", 1)

    def test_storage_that_is_full_is_said(self) -> None:
        self.page.run("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }")
        self.send("Hello", 1)
        self.assertIn("storage is full", self.page.run("document.getElementById('toast').textContent"))
        self.assertEqual(self.last(".answer > .md"), "You said: Hello")


class Access(PageTest):
    def start(self) -> None:
        """Makes the next Tab go to the first element of the page."""
        self.page.run("document.body.tabIndex = -1")
        self.page.run("document.body.focus()")
        self.page.run("document.body.removeAttribute('tabindex')")

    def test_everything_is_reached_by_keyboard_and_shows_its_focus(self) -> None:
        self.send("markdown", 1)
        self.start()
        seen = []
        for _ in range(40):
            self.page.key("Tab")
            name, ring = self.page.run("""(() => {
                const e = document.activeElement, box = e.closest('.field') ?? e;
                return [e === document.body ? "" : e.id || e.getAttribute('aria-label') || e.textContent, [e, box].some(each =>
                    getComputedStyle(each).outlineStyle !== 'none' && parseFloat(getComputedStyle(each).outlineWidth) >= 1)];
            })()""")
            if name in seen or not name:
                break
            self.assertTrue(ring, f"{name} does not show that it has the focus")
            seen.append(name)
        expected = ["Skip to the message field", "new", "markdown", "Delete markdown", "menu", "model", "theme", "options",
                    "log", "Edit", "Copy"]
        self.assertEqual(seen[:len(expected)], expected)

    def test_the_skip_link_leads_to_the_field(self) -> None:
        self.start()
        self.page.key("Tab")
        self.page.key("Enter")
        self.page.wait("document.activeElement.id === 'message'")

    def test_shift_enter_starts_a_line(self) -> None:
        self.page.run("field.focus()")
        self.page.type("one")
        self.page.key("Enter", shift=True)
        self.page.type("two")
        height = self.page.run("field.clientHeight")
        self.page.key("Enter", shift=True)
        self.page.wait(f"field.clientHeight > {height}")
        self.page.key("Enter")
        self.page.wait(DONE % 1)
        self.assertEqual(self.server.requests[0]["messages"][0]["content"], "one\ntwo\n")

    def test_blank_messages_are_not_sent(self) -> None:
        self.send("  \n ")
        self.assertEqual(self.server.requests, [])

    def test_every_control_has_a_name(self) -> None:
        self.send("markdown", 1)
        self.page.run("document.getElementById('settings').showModal()")
        self.page.run("document.getElementById('settings').close()")
        for opened in ("", "options"):
            if opened:
                self.page.click(f"#{opened}")
            nodes = self.page.call("Accessibility.getFullAXTree")["nodes"]
            roles = ("button", "textbox", "combobox", "spinbutton", "link", "dialog", "navigation", "main", "article")
            controls = [each for each in nodes if not each["ignored"] and each["role"]["value"] in roles]
            self.assertGreater(len(controls), 5)
            self.assertEqual([each["role"]["value"] for each in controls if not each.get("name", {}).get("value")], [])

    def test_text_contrasts_with_what_is_behind_it(self) -> None:
        self.server.failures = 1
        for scheme in ("light", "dark"):
            self.page.media(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
            self.page.run("document.documentElement.offsetWidth")
            self.open()
            self.assertFaintless(scheme, "empty")
            self.send("markdown", 1)
            self.send("think", 2)
            self.page.run("document.querySelector('details').open = true")
            self.server.failures = 1
            self.send("busy", 3)
            self.assertFaintless(scheme, "conversation")
            self.press("Delete markdown")
            self.assertFaintless(scheme, "note")
            self.page.click("#options")
            self.assertFaintless(scheme, "settings")
            self.page.key("Escape")
            self.page.run("void askKey('Incorrect API key')")
            self.assertFaintless(scheme, "key")

    def assertFaintless(self, *where: str) -> None:
        seen, faint = self.page.run(FAINT)
        self.assertGreater(seen, 5)
        self.assertEqual(faint, [], where)

    def test_the_theme_follows_the_system_or_the_button(self) -> None:
        paper = "getComputedStyle(document.body).backgroundColor"
        self.page.media(prefers_color_scheme="light")
        light = self.page.run(paper)
        self.page.media(prefers_color_scheme="dark")
        dark = self.page.run(paper)
        self.assertNotEqual(light, dark)
        self.page.click("#theme")
        self.assertEqual((self.page.run(paper), self.page.run("document.getElementById('theme').title")),
                         (light, "Theme: light"))
        self.page.reload()
        self.assertEqual(self.page.run(paper), light)
        self.page.click("#theme")
        self.page.media(prefers_color_scheme="light")
        self.assertEqual(self.page.run(paper), dark)

    def test_nothing_moves_where_less_motion_is_asked_for(self) -> None:
        self.assertGreater(self.page.run("document.getAnimations().length"), 0)
        self.page.media(prefers_reduced_motion="reduce")
        self.server.gate.clear()
        self.send("Hello")
        self.page.wait("document.querySelector('.waiting')?.checkVisibility()")
        self.assertEqual(self.page.run("document.getAnimations().length"), 0)

    def test_text_from_right_to_left_runs_so(self) -> None:
        text = "- مرحبا بالعالم\n- سلام"
        self.page.run("field.focus()")
        self.page.type("מה שלומך?")
        self.assertEqual(self.page.run("getComputedStyle(field).direction"), "rtl")
        self.page.key("Enter")
        self.page.wait(DONE % 1)
        self.assertEqual(self.last(".user > .text", "matches(':dir(rtl)')"), True)
        direction = self.page.run(f"""(() => {{
            const host = log.appendChild(element("div", {{ class: "md" }}));
            new MarkdownView(host).update({json.dumps(text + chr(10) * 2 + "שלום **עולם**" + chr(10) * 2 + "Hello")});
            return [...host.children].map(each => getComputedStyle(each).direction);
        }})()""")
        self.assertEqual(direction, ["rtl", "rtl", "ltr"])


class Phone(PageTest):
    width, height = 360, 740

    def test_nothing_is_wider_than_the_screen(self) -> None:
        self.send("markdown", 1)
        self.server.failures = 1
        self.send("busy", 2)
        self.send("w" * 300, 3)
        # What scrolls by itself (code, tables) may be wider inside.
        wide = """[...document.querySelectorAll('body *')].filter(e => e.checkVisibility({ checkVisibilityCSS: true })
            && !e.closest('pre, .table, .unseen, svg, .skip') && (e.getBoundingClientRect().right > innerWidth + .5
            || e.getBoundingClientRect().left < -.5)).map(e => e.outerHTML.slice(0, 80))"""
        self.assertEqual(self.page.run(wide), [])
        self.assertEqual(self.page.run("[document.documentElement.scrollWidth, log.scrollWidth - log.clientWidth]"), [360, 0])
        self.page.click("#options")
        self.assertEqual(self.page.run(wide), [])

    def test_conversations_are_in_a_drawer(self) -> None:
        self.assertFalse(self.page.run("document.getElementById('nav').checkVisibility({ checkVisibilityCSS: true })"))
        self.send("Hello", 1)
        self.page.click("#menu")
        self.assertEqual(self.page.run("[document.activeElement.id, document.getElementById('page').inert]"), ["new", True])
        self.page.key("Escape")
        self.assertEqual(self.page.run("[document.activeElement.id, document.getElementById('page').inert]"), ["menu", False])
        self.page.click("#menu")
        self.press("New conversation")
        self.assertEqual(self.page.run("[document.body.dataset.nav, document.activeElement.id]"), ["closed", "message"])

    def test_controls_are_large_enough_for_a_finger(self) -> None:
        self.send("markdown", 1)
        # WCAG 2.2, 2.5.8: 24 pixels.
        small = self.page.run("""[...document.querySelectorAll('button, select, summary')].filter(e => e.checkVisibility({
            checkVisibilityCSS: true })).map(e => [e.textContent || e.id, e.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)""")
        self.assertEqual(small, [])


class Markup(PageTest):
    """Markdown of the model: what it becomes, and what it never becomes."""

    CASES = [
        ("plain", "<p>plain</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("*a* **b** ***c*** _d_ __e__ ~~f~~",
         "<p><em>a</em> <strong>b</strong> <strong><em>c</em></strong> <em>d</em> <strong>e</strong> <del>f</del></p>"),
        ("**a *b* c** and *d **e** f* and **g *h***",
         "<p><strong>a <em>b</em> c</strong> and <em>d <strong>e</strong> f</em> and <strong>g <em>h</em></strong></p>"),
        ("2 * 3 * 4, snake_case_name, a*, * b and *c*", "<p>2 * 3 * 4, snake_case_name, a*, * b and <em>c</em></p>"),
        ("**never closed", "<p>**never closed</p>"),
        ("`a*b*` ``c`d`` `e", "<p><code>a*b*</code> <code>c`d</code> `e</p>"),
        ("*a `*` b*", "<p><em>a <code>*</code> b</em></p>"),
        ("\\*a\\* \\(x^2\\) \\[y\\]", "<p>*a* \\(x^2\\) \\[y\\]</p>"),
        ("# One\n###### Six #\n#no", "<h3>One</h3><h6>Six</h6><p>#no</p>"),
        ("a\n---\nb", "<p>a</p><hr><p>b</p>"),
        ("- a\n- b\n  - c\n- d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>"),
        ("3. a\n4. b\n  - c\n\n5. d", '<ol start="3"><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>'),
        ("- a\n\n  b\n- c\nlazy", "<ul><li>a<p>b</p></li><li>c<br>lazy</li></ul>"),
        ("- [ ] a\n- [x] b", "<ul><li>☐ a</li><li>☑ b</li></ul>"),
        ("1. a\n   ```\n   x\n\n     y\n   ```\n2. b",
         "<ol><li>a<pre>x\n\n  y</pre></li><li>b</li></ol>"),
        ("> a\n> > b\n\nc", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"),
        ("```c\na < b\n```\nc", "<pre>a &lt; b</pre><p>c</p>"),
        ("~~~\n```\n~~~", "<pre>```</pre>"),
        ("````\n```\n````", "<pre>```</pre>"),
        ("```\nstill open", "<pre>still open</pre>"),
        ("| a | b |\n|---|:-:|\n| 1 | x \\| y |\n| 2 |",
         '<table><thead><tr><th>a</th><th class="center">b</th></tr></thead><tbody><tr><td>1</td><td class="center">x | y</td>'
         '</tr><tr><td>2</td><td class="center"></td></tr></tbody></table>'),
        ("a | b\nno table", "<p>a | b<br>no table</p>"),
        ("[a *b*](https://x.example/y_(z) \"t\")", '<p><a href="https://x.example/y_(z)">a <em>b</em></a></p>'),
        ("see https://x.example/a_b_c.", '<p>see <a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</p>'),
        ("<https://x.example/> <b>", '<p><a href="https://x.example/">https://x.example/</a> &lt;b&gt;</p>'),
        ("![a](https://x.example/p.png)", '<p><a href="https://x.example/p.png">a</a></p>'),
        ("[a](javascript:b) [c](d)", "<p>[a](javascript:b) [c](d)</p>"),
        ("a<br>b", "<p>a<br>b</p>"),
    ]
    # The markup of a text, without what all blocks of a kind have.
    RENDER = """const markup = (text, cuts = []) => {
        const host = document.createElement("div"), view = new MarkdownView(host);
        for (const cut of cuts) view.update(text.slice(0, cut));
        view.update(text);
        return host;
    };
    const plain = host => new XMLSerializer().serializeToString(host).replace(/ xmlns="[^"]*"/, "").replace(/<br ?\\/>/g, "<br>")
        .replace(/<hr[^>]*>/g, "<hr>").replace(/ (dir|tabindex|role|aria-label|target|rel)="[^"]*"/g, "")
        .replace(/<figure><figcaption>.*?<\\/figcaption><pre><code>(.*?)<\\/code><\\/pre><\\/figure>/gs, "<pre>$1</pre>")
        .replace(/<div class="table">(.*?)<\\/div>/gs, "$1").replace(/ class="end"/g, "").replace(/^<div>|<\\/div>$/g, "")
        .replace(/<td class="center" ?\\/>/g, '<td class="center"></td>');"""

    def test_becomes_elements(self) -> None:
        made = self.page.run(f"(() => {{ {self.RENDER} return {json.dumps([text for text, _ in self.CASES])}"
                             ".map(text => plain(markup(text))); })()")
        for (text, expected), actual in zip(self.CASES, made):
            with self.subTest(text):
                self.assertEqual(actual, expected)

    def test_links_leave_nothing_behind(self) -> None:
        self.assertEqual(self.page.run(f"""(() => {{ {self.RENDER}
            const a = markup("[a](https://x.example/)").querySelector("a"); return [a.target, a.rel]; }})()"""),
            ["_blank", "noopener noreferrer"])

    def test_hostile_text_does_nothing(self) -> None:
        self.send("hostile", 1)
        self.page.run("new Promise(done => setTimeout(done, 300))")
        self.assertIsNone(self.page.run("window.owned ?? null"))
        self.assertEqual(self.page.run("[...document.querySelectorAll('.md a')].map(e => e.href)"), [
            "https://evil.example/pixel.png", "https://good.example/%22onclick=%22window.owned=10", "https://good.example/"])
        self.assertEqual(self.page.run(
            "document.querySelectorAll('.md :is(img, script, iframe, svg, details, object, style, form)').length"), 0)
        for text in ('<img src=x onerror="window.owned = 1">', "[one](javascript:window.owned=5)",
                     "</code></pre><img src=x onerror=window.owned=15>"):
            self.assertIn(text, self.last(".answer > .md"))
        # As a title, as a message, and after a reload.
        self.send("<img src=x onerror='window.owned = 20'>", 2)
        self.page.reload()
        self.page.click("#chats [data-id]")
        self.page.run("new Promise(done => setTimeout(done, 100))")
        self.assertIsNone(self.page.run("window.owned ?? null"))

    def test_the_policy_holds(self) -> None:
        violated = self.page.run("""new Promise(done => {
            const seen = [];
            document.addEventListener("securitypolicyviolation", event => {
                event.stopImmediatePropagation();
                seen.push(event.effectiveDirective);
                if (seen.length === 4) done(seen.sort());
            });
            const script = document.createElement("script");
            script.textContent = "window.owned = 1";
            document.body.append(script);
            const image = document.createElement("img");
            image.src = "https://evil.example/pixel.png";
            document.body.append(image);
            const styled = document.createElement("p");
            styled.setAttribute("style", "color: red");
            fetch("https://evil.example/").catch(() => {});
        })""")
        self.assertEqual(violated, ["connect-src", "img-src", "script-src-elem", "style-src-attr"])
        self.assertIsNone(self.page.run("window.owned ?? null"))
        self.page.browser._events.clear()

    def test_pieces_become_what_the_whole_becomes(self) -> None:
        sources = [text for text, _ in self.CASES] + [(HERE / "markdown.md").read_text(encoding="utf-8"), (HERE / "hostile.md").read_text(encoding="utf-8")]
        different = self.page.run(f"""(() => {{ {self.RENDER}
            const every = text => [...text].map((_, index) => index);
            return {json.dumps(sources)}.filter(text => plain(markup(text, every(text))) !== plain(markup(text)));
        }})()""")
        self.assertEqual(different, [])

    def test_final_blocks_are_not_drawn_again(self) -> None:
        self.assertEqual(self.page.run("""(() => {
            const host = document.createElement("div"), view = new MarkdownView(host);
            const code = "```\\n" + "line\\n".repeat(50), text = "one\\n\\ntwo\\n\\n" + code;
            view.update(text);
            const before = [host.children[0], host.querySelector("code").firstChild];
            view.update(text + "line\\n".repeat(50));
            const after = [host.children[0], host.querySelector("code").firstChild];
            return [before.every((node, index) => node === after[index]), after[1].data.length];
        })()"""), [True, 500])

    def test_a_hundred_thousand_mutants_stay_text_and_known_elements(self) -> None:
        parts = [text for text, _ in self.CASES] + re.findall(r"\S+|\s+", (HERE / "hostile.md").read_text(encoding="utf-8"))
        wrong = self.page.run(f"""(() => {{ {self.RENDER}
            let seed = 20261126;
            const random = below => {{ seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
                return ((seed ^ (seed >>> 13)) >>> 0) % below; }};
            const parts = {json.dumps(parts)};
            const marks = [..."*_`~[]()<>|#-+>!\\\\ \\n\\n\\t1.:h\\u05d0\\ud800", "```", "**", "](", "\\n- ", "\\n  ", "|-|-|\\n", "https://a.b/"];
            const known = new Set("A BLOCKQUOTE BR BUTTON CODE DEL DIV EM FIGCAPTION FIGURE H3 H4 H5 H6 HR LI OL P PRE STRONG TABLE TBODY TD TH THEAD TR UL".split(" "));
            for (let mutant = 0; mutant < 100000; mutant++) {{
                let text = "";
                for (let count = 1 + random(4); count--;) {{
                    let part = parts[random(parts.length)];
                    for (let edits = random(4); edits--;) {{
                        const at = random(part.length + 1);
                        part = part.slice(0, at) + marks[random(marks.length)] + part.slice(at + random(3));
                    }}
                    text += part;
                }}
                const host = markup(text, [random(text.length + 1), text.length >> 1].sort((a, b) => a - b));
                const bad = [...host.querySelectorAll("*")].find(each => !known.has(each.tagName)
                    || each.localName === "a" && !/^(https?|mailto):/.test(each.href)
                    || [...each.attributes].some(({{ name }}) => /^on|style|src/.test(name)));
                if (bad) return text;
                if (mutant % 10 === 0 && plain(host) !== plain(markup(text))) return text;
            }}
            return "";
        }})()""")
        self.assertEqual(wrong, "")

    def test_texts_made_to_be_slow_are_done_in_time(self) -> None:
        # Each would take minutes if the work grew with the square of the length; the call itself has a limit.
        self.page.run(f"""(() => {{ {self.RENDER}
            const n = 50000;
            for (const text of ["*", "*a ", "**a", "_a ", "`", "` `` ", "[", "[a](", "<", "![", "|", "- ", "> ", "\\n- a\\n\\n", "~~a ", "1. ",
                "# ", " ", "\\\\", "h", "https://", "***a", "[a]("]) markup(text.repeat(n));
            markup("- a" + "\\n".repeat(n) + "b");
            markup(Array.from({{ length: 500 }}, (_, depth) => " ".repeat(depth * 2) + "- a").join("\\n"));
        }})()""")


class Screenshots(PageTest):
    """The states worth looking at; without ZONDA_PAGE_SHOTS they are drawn, checked for being pictures, and dropped."""

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
        assert browser
        page = chromium.Page(browser)
        self.addCleanup(page.close)
        page.open(os.environ["ZONDA_URL"])
        page.wait("!document.getElementById('model').disabled", 60)
        page.run("document.getElementById('message').focus()")
        page.type("Name three winds.")
        page.key("Enter")
        page.wait(DONE % 1, 120)
        self.assertIsNone(page.run("document.querySelector('.failure')?.textContent ?? null"))
        self.assertGreater(page.run("document.querySelector('.answer > .md').textContent.length"), 0)
        self.assertRegex(page.run("document.querySelector('.answer footer span').textContent"), r"^\d+ tokens? · ")
        self.assertEqual([each["entry"]["text"] for each in browser.events(page.session, "Log.entryAdded")], [])
        if folder := os.environ.get("ZONDA_PAGE_SHOTS"):
            page.shot(Path(folder) / "real.png")


if __name__ == "__main__":
    unittest.main()

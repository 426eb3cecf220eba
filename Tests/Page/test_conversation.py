"""Sending, streaming, stopping; what goes wrong; keys."""

from __future__ import annotations

import functools

from fake_server import HERE, answer_to
from page_test import DONE, PageTest


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
        self.assertRegex(
            statistics, r"^5 tokens · [\d,.]+ tok/s · first after [\d.]+ s · prompt 12 \(4 cached\)$"
        )
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
        self.assertEqual(
            self.server.requests,
            [
                {
                    "model": "zonda/andes-7b",
                    "messages": [{"role": "user", "content": "Hello"}],
                    "stream": True,
                    "stream_options": {"include_usage": True},
                }
            ],
        )

    def test_sends_the_whole_conversation_without_thoughts(self) -> None:
        self.send("think", 1)
        self.send("Go on", 2)
        self.assertEqual(
            self.server.requests[1]["messages"],
            [
                {"role": "user", "content": "think"},
                {"role": "assistant", "content": "I have thought."},
                {"role": "user", "content": "Go on"},
            ],
        )

    def test_shows_thoughts_folded(self) -> None:
        self.send("think", 1)
        self.assertRegex(self.last("summary"), r"^Thought for [\d.]+ s$")
        self.assertFalse(self.page.run("document.querySelector('details').open"))
        self.assertEqual(self.page.run("document.querySelector('details li').textContent"), "So I think.")
        self.assertEqual(self.last(".answer > .md"), "I have thought.")

    def test_stops_by_key_and_by_button(self) -> None:
        for number, stop in enumerate(
            (functools.partial(self.page.key, "Escape"), functools.partial(self.page.click, "#stop")), 1
        ):
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
        self.assertEqual(
            self.server.requests[1]["messages"], [{"role": "user", "content": "First\n\nSecond"}]
        )

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
        self.assertEqual(
            self.page.run("[...document.querySelectorAll('.last')].filter(e => e.checkVisibility()).length"),
            2,
        )

    def test_answers_anew(self) -> None:
        self.send("One", 1)
        self.press("Regenerate")
        self.page.wait(DONE % 1)
        self.assertEqual(
            [each["messages"] for each in self.server.requests], [[{"role": "user", "content": "One"}]] * 2
        )

    def test_copies_the_source_and_the_code(self) -> None:
        self.page.browser.call(
            "Browser.grantPermissions",
            {
                "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"],
                "browserContextId": self.page.context,
            },
        )
        self.send("markdown", 1)
        self.press("Copy", "figure")
        self.page.wait("document.querySelector('figure button').textContent === 'Copied'")
        self.assertTrue(self.page.run("navigator.clipboard.readText()").startswith("def falling("))
        self.press("Copy", ".answer footer")
        self.page.wait("document.querySelector('.answer footer button').textContent === 'Copied'")
        self.assertEqual(
            self.page.run("navigator.clipboard.readText()"),
            (HERE / "markdown.md").read_text(encoding="utf-8"),
        )

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
        self.assertEqual(
            self.page.run("document.getElementById('spoken').getAttribute('aria-live')"), "polite"
        )


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
        self.page.wait(
            "document.getElementById('key').open && document.getElementById('key-value').value === ''"
        )
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

"""What the browser keeps."""

from __future__ import annotations

import json

from page_test import DONE, PageTest


class Kept(PageTest):
    def test_settings_are_sent_and_survive_a_reload(self) -> None:
        self.page.click("#options")
        for name, value in {
            "system": "Be brief.",
            "temperature": "0",
            "top_p": "0.9",
            "max_tokens": "64",
            "seed": "7",
        }.items():
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
        self.assertEqual(
            self.server.requests[0],
            {
                "model": "zonda/puna-1b",
                "stream": True,
                "stream_options": {"include_usage": True},
                "messages": [
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Hello"},
                ],
                "temperature": 0,
                "top_p": 0.9,
                "max_tokens": 64,
                "seed": 7,
                "chat_template_kwargs": {"enable_thinking": False},
            },
        )
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
        self.assertEqual(
            self.page.run("Object.keys(localStorage).filter(key => key.startsWith('zonda.chat.'))"), []
        )

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
                self.page.run(
                    f"localStorage.clear(); localStorage.setItem({json.dumps(key)}, {json.dumps(value)})"
                )
                self.page.reload()
                self.page.wait("!document.getElementById('model').disabled")
                self.send("Hello", 1)

    def test_storage_that_is_full_is_said(self) -> None:
        self.page.run(
            "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }"
        )
        self.send("Hello", 1)
        self.assertIn("storage is full", self.page.run("document.getElementById('toast').textContent"))
        self.assertEqual(self.last(".answer > .md"), "You said: Hello")

"""The page as a file."""

from __future__ import annotations

import re
import unittest

from fake_server import PAGE


class File(unittest.TestCase):
    """What the server relies on, and what a strict policy asks for."""

    text = PAGE.read_text(encoding="utf-8")

    def test_has_one_style_and_one_script_without_attributes(self) -> None:
        for name in ("style", "script"):
            self.assertEqual(self.text.count(f"<{name}"), 1)
            self.assertEqual(self.text.count(f"\n<{name}>\n"), 1)
            self.assertEqual(self.text.count(f"</{name}>"), 1)

    def test_has_no_attribute_that_is_style_or_script(self) -> None:
        markup = re.sub(r"(?s)<!--.*?-->|<(style|script)>.*?</\1>", "", self.text)
        self.assertIsNone(re.search(r"<[^>]+\s(style|on\w+)=", markup))

    def test_takes_nothing_from_elsewhere(self) -> None:
        markup = re.sub(r"(?s)<(script)>.*?</\1>", "", self.text)
        self.assertEqual(
            [
                each
                for each in re.findall(r"""(?:href|src|srcset|url)\s*[=(]\s*["']?([^"')\s]+)""", markup)
                if not each.startswith(("data:", "#"))
            ],
            [],
        )
        self.assertNotIn("@import", markup)

    def test_never_hands_text_to_the_parser_of_html(self) -> None:
        for name in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "setHTML",
            "eval(",
            "new Function",
            "createContextualFragment",
        ):
            self.assertNotIn(name, self.text)

    def test_is_small_and_has_unix_lines(self) -> None:
        self.assertNotIn("\r", self.text)
        self.assertLess(len(self.text.encode()), 56 * 1024)

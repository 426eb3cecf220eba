"""The keyboard, the screen reader, the eye, the phone."""

from __future__ import annotations

import json

from page_test import DONE, PageTest

# Every text that is seen, with the contrast to what lies behind it (WCAG 2.2, 1.4.3), if that is under 4.5.
FAINT = """(() => {
    const numbers = colour => {
        const [red, green, blue, alpha = 1] = colour.match(/[\\d.]+/g).map(Number);
        return [red, green, blue, alpha];
    };
    const mix = (top, under, share) => top * share + under * (1 - share);
    const over = (top, under) => top.slice(0, 3).map((c, i) => mix(c, under[i], top[3])).concat(1);
    const behind = e => e ? over(numbers(getComputedStyle(e).backgroundColor), behind(e.parentElement))
        : [255, 255, 255, 1];
    const light = c => c.slice(0, 3).map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
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
        if (walk.currentNode.data.trim() && e.checkVisibility({ checkVisibilityCSS: true })
            && !e.closest('script, option')) {
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
                const name = e === document.body ? "" : e.id || e.getAttribute('aria-label') || e.textContent;
                return [name, [e, box].map(each => getComputedStyle(each)).some(style =>
                    style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1)];
            })()""")
            if name in seen or not name:
                break
            self.assertTrue(ring, f"{name} does not show that it has the focus")
            seen.append(name)
        expected = [
            "Skip to the message field",
            "new",
            "markdown",
            "Delete markdown",
            "menu",
            "model",
            "theme",
            "options",
            "log",
            "Edit",
            "Copy",
        ]
        self.assertEqual(seen[: len(expected)], expected)

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
            roles = (
                "button",
                "textbox",
                "combobox",
                "spinbutton",
                "link",
                "dialog",
                "navigation",
                "main",
                "article",
            )
            controls = [each for each in nodes if not each["ignored"] and each["role"]["value"] in roles]
            self.assertGreater(len(controls), 5)
            self.assertEqual(
                [each["role"]["value"] for each in controls if not each.get("name", {}).get("value")], []
            )

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
        self.assertEqual(
            (self.page.run(paper), self.page.run("document.getElementById('theme').title")),
            (light, "Theme: light"),
        )
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
        text = "- مرحبا بالعالم\n- سلام\n\nשלום **עולם**\n\nHello"
        self.page.run("field.focus()")
        self.page.type("מה שלומך?")
        self.assertEqual(self.page.run("getComputedStyle(field).direction"), "rtl")
        self.page.key("Enter")
        self.page.wait(DONE % 1)
        self.assertEqual(self.last(".user > .text", "matches(':dir(rtl)')"), True)
        direction = self.page.run(f"""(() => {{
            const host = log.appendChild(element("div", {{ class: "md" }}));
            new MarkdownView(host).update({json.dumps(text)});
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
        wide = """[...document.querySelectorAll('body *')].filter(e =>
            e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest('pre, .table, .unseen, svg, .skip')
            && (e.getBoundingClientRect().right > innerWidth + .5
            || e.getBoundingClientRect().left < -.5)).map(e => e.outerHTML.slice(0, 80))"""
        self.assertEqual(self.page.run(wide), [])
        self.assertEqual(
            self.page.run("[document.documentElement.scrollWidth, log.scrollWidth - log.clientWidth]"),
            [360, 0],
        )
        cut = """[...document.querySelectorAll('pre, .table')].filter(e =>
            getComputedStyle(e).overflowX !== 'auto').length"""
        self.assertEqual(self.page.run(cut), 0)
        self.page.click("#options")
        self.assertEqual(self.page.run(wide), [])

    def test_conversations_are_in_a_drawer(self) -> None:
        self.assertFalse(
            self.page.run("document.getElementById('nav').checkVisibility({ checkVisibilityCSS: true })")
        )
        self.send("Hello", 1)
        self.page.click("#menu")
        self.assertEqual(
            self.page.run("[document.activeElement.id, document.getElementById('page').inert]"), ["new", True]
        )
        self.page.key("Escape")
        self.assertEqual(
            self.page.run("[document.activeElement.id, document.getElementById('page').inert]"),
            ["menu", False],
        )
        self.page.click("#menu")
        self.press("New conversation")
        self.assertEqual(
            self.page.run("[document.body.dataset.nav, document.activeElement.id]"), ["closed", "message"]
        )

    def test_controls_are_large_enough_for_a_finger(self) -> None:
        self.send("markdown", 1)
        # WCAG 2.2, 2.5.8: 24 pixels.
        small = self.page.run(
            """[...document.querySelectorAll('button, select, summary')].filter(e => e.checkVisibility({
            checkVisibilityCSS: true })).map(e => [e.textContent || e.id, e.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
        )
        self.assertEqual(small, [])

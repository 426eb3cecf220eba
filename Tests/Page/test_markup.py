"""Markdown of the model: what it becomes, and what it never becomes."""

from __future__ import annotations

import json
import re

from fake_server import HERE
from page_test import PageTest


class Markup(PageTest):
    """Markdown of the model: what it becomes, and what it never becomes."""

    CASES = [
        ("plain", "<p>plain</p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        (
            "*a* **b** ***c*** _d_ __e__ ~~f~~",
            "<p><em>a</em> <strong>b</strong> <strong><em>c</em></strong> <em>d</em> <strong>e</strong> "
            "<del>f</del></p>",
        ),
        (
            "**a *b* c** and *d **e** f* and **g *h***",
            "<p><strong>a <em>b</em> c</strong> and <em>d <strong>e</strong> f</em> and "
            "<strong>g <em>h</em></strong></p>",
        ),
        (
            "2 * 3 * 4, snake_case_name, a*, * b and *c*",
            "<p>2 * 3 * 4, snake_case_name, a*, * b and <em>c</em></p>",
        ),
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
        ("1. a\n   ```\n   x\n\n     y\n   ```\n2. b", "<ol><li>a<pre>x\n\n  y</pre></li><li>b</li></ol>"),
        ("> a\n> > b\n\nc", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote><p>c</p>"),
        ("```c\na < b\n```\nc", "<pre>a &lt; b</pre><p>c</p>"),
        ("~~~\n```\n~~~", "<pre>```</pre>"),
        ("````\n```\n````", "<pre>```</pre>"),
        ("```\nstill open", "<pre>still open</pre>"),
        (
            "| a | b |\n|---|:-:|\n| 1 | x \\| y |\n| 2 |",
            '<table><thead><tr><th>a</th><th class="center">b</th></tr></thead><tbody>'
            '<tr><td>1</td><td class="center">x | y</td>'
            '</tr><tr><td>2</td><td class="center"></td></tr></tbody></table>',
        ),
        ("a | b\nno table", "<p>a | b<br>no table</p>"),
        ('[a *b*](https://x.example/y_(z) "t")', '<p><a href="https://x.example/y_(z)">a <em>b</em></a></p>'),
        (
            "see https://x.example/a_b_c.",
            '<p>see <a href="https://x.example/a_b_c">https://x.example/a_b_c</a>.</p>',
        ),
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
    const plain = host => new XMLSerializer().serializeToString(host)
        .replace(/ xmlns="[^"]*"/, "").replace(/<br ?\\/>/g, "<br>")
        .replace(/<hr[^>]*>/g, "<hr>").replace(/ (dir|tabindex|role|aria-label|target|rel)="[^"]*"/g, "")
        .replace(/<figure><figcaption>.*?<\\/figcaption><pre><code>(.*?)<\\/code><\\/pre><\\/figure>/gs,
            "<pre>$1</pre>")
        .replace(/<div class="table">(.*?)<\\/div>/gs, "$1").replace(/ class="end"/g, "")
        .replace(/^<div>|<\\/div>$/g, "")
        .replace(/<td class="center" ?\\/>/g, '<td class="center"></td>');"""

    def test_becomes_elements(self) -> None:
        made = self.page.run(
            f"(() => {{ {self.RENDER} return {json.dumps([text for text, _ in self.CASES])}"
            ".map(text => plain(markup(text))); })()"
        )
        for (text, expected), actual in zip(self.CASES, made):
            with self.subTest(text):
                self.assertEqual(actual, expected)

    def test_links_leave_nothing_behind(self) -> None:
        self.assertEqual(
            self.page.run(
                f"""(() => {{ {self.RENDER}
            const a = markup("[a](https://x.example/)").querySelector("a"); return [a.target, a.rel]; }})()"""
            ),
            ["_blank", "noopener noreferrer"],
        )

    def test_hostile_text_does_nothing(self) -> None:
        self.send("hostile", 1)
        self.page.run("new Promise(done => setTimeout(done, 300))")
        self.assertIsNone(self.page.run("window.owned ?? null"))
        self.assertEqual(
            self.page.run("[...document.querySelectorAll('.md a')].map(e => e.href)"),
            [
                "https://evil.example/pixel.png",
                "https://good.example/%22onclick=%22window.owned=10",
                "https://good.example/",
            ],
        )
        self.assertEqual(
            self.page.run(
                "document.querySelectorAll('.md :is(img, script, iframe, svg, details, object, form)').length"
            ),
            0,
        )
        for text in (
            '<img src=x onerror="window.owned = 1">',
            "[one](javascript:window.owned=5)",
            "</code></pre><img src=x onerror=window.owned=15>",
        ):
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
        self.page.browser.forget_events()

    def test_pieces_become_what_the_whole_becomes(self) -> None:
        sources = [text for text, _ in self.CASES] + [
            (HERE / "markdown.md").read_text(encoding="utf-8"),
            (HERE / "hostile.md").read_text(encoding="utf-8"),
        ]
        different = self.page.run(f"""(() => {{ {self.RENDER}
            const every = text => [...text].map((_, index) => index);
            const differs = text => plain(markup(text, every(text))) !== plain(markup(text));
            return {json.dumps(sources)}.filter(differs);
        }})()""")
        self.assertEqual(different, [])

    def test_final_blocks_are_not_drawn_again(self) -> None:
        self.assertEqual(
            self.page.run("""(() => {
            const host = document.createElement("div"), view = new MarkdownView(host);
            const code = "```\\n" + "line\\n".repeat(50), text = "one\\n\\ntwo\\n\\n" + code;
            view.update(text);
            const before = [host.children[0], host.querySelector("code").firstChild];
            view.update(text + "line\\n".repeat(50));
            const after = [host.children[0], host.querySelector("code").firstChild];
            return [before.every((node, index) => node === after[index]), after[1].data.length];
        })()"""),
            [True, 500],
        )

    def test_a_hundred_thousand_mutants_stay_text_and_known_elements(self) -> None:
        parts = [text for text, _ in self.CASES] + re.findall(
            r"\S+|\s+", (HERE / "hostile.md").read_text(encoding="utf-8")
        )
        wrong = self.page.run(f"""(() => {{ {self.RENDER}
            let seed = 20261126;
            const random = below => {{ seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0;
                return ((seed ^ (seed >>> 13)) >>> 0) % below; }};
            const parts = {json.dumps(parts)};
            const marks = [..."*_`~[]()<>|#-+>!\\\\ \\n\\n\\t1.:h\\u05d0\\ud800", "```", "**", "](",
                "\\n- ", "\\n  ", "|-|-|\\n", "https://a.b/"];
            const known = new Set(("A BLOCKQUOTE BR BUTTON CODE DEL DIV EM FIGCAPTION FIGURE H3 H4"
                + " H5 H6 HR LI OL P PRE STRONG TABLE TBODY TD TH THEAD TR UL").split(" "));
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
            for (const text of ["*", "*a ", "**a", "_a ", "`", "` `` ", "[", "[a](", "<", "![", "|",
                "- ", "> ",
                "\\n- a\\n\\n", "~~a ", "1. ",
                "# ", " ", "\\\\", "h", "https://", "***a", "[a]("]) markup(text.repeat(n));
            markup("- a" + "\\n".repeat(n) + "b");
            markup(Array.from({{ length: 500 }}, (_, depth) => " ".repeat(depth * 2) + "- a").join("\\n"));
        }})()""")

import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaTokenizer

/// Templates written to hang or crash: each is refused, by the charge of its work and never by a clock.
@Suite struct HostileTemplateTests {
    private func refusal(_ source: String) throws -> ZondaError {
        do throws(ZondaError) {
            let text = try Template(parsing: source).render(context: .object([:]))
            Issue.record("\(source): rendered \(text.utf8.count) bytes")
            throw ZondaError(.badTemplate, "rendered")
        } catch {
            return error
        }
    }

    /// Refused before the work is done: `steps` bounds what was charged.
    @Test(arguments: [
        ("{{ 'a' * 10**9 }}", 100),
        ("{{ [1] * 10**9 }}", 100),
        ("{{ range(10**9) }}", 100),
        ("{{ range(10**9)|list|length }}", 100),
        ("{{ '%999999999d' % 3 }}", 100),
        ("{{ '%*d' % (999999999, 3) }}", 100),
        ("{{ '{:999999999}'.format(3) }}", 100),
        ("{{ '%.999999999f' % 3.0 }}", 100),
        ("{{ 'a'.center(10**9) }}", 100),
        ("{{ 'a'|indent(10**9) }}", 100),
        ("{{ {'a': 1}|tojson(indent=10**9) }}", 100),
        ("{{ 2 ** 1000000000 }}", 100),
        ("{{ 10 ** 37 ** 9 }}", 300),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 10_000),
        ("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", 10_000),
        ("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns|tojson }}", 100),
        ("{% set ns = namespace(l=[]) %}{% for i in range(1000) %}{% set ns.l = [ns.l] %}{% endfor %}", 10_000),
        ("{% set ns = namespace(c=1) %}{% for i in range(1000) %}{% set ns.c = cycler(ns.c) %}{% endfor %}", 10_000),
        ("{% set ns = namespace(c=1) %}{% for i in range(1000) %}{% set ns.c = joiner(ns.c) %}{% endfor %}", 10_000),
        (
            "{% set ns = namespace(c=1) %}{% for i in range(1000) %}{% for x in [ns.c] %}{% set ns.c = loop %}"
                + "{% endfor %}{% endfor %}", 10_000
        ),
    ])
    func isRefusedAtOnce(_ source: String, steps: Int) throws {
        let error = try refusal(source)
        #expect(error.code == .badTemplate)
        let charged = try #require(error.facts["steps"].flatMap { Int($0) })
        #expect(charged <= steps, "\(source): \(error)")
    }

    /// Work that grows until the bound; none of it for nothing.
    @Test(arguments: [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{{ '' }}{% endfor %}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s[0] }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s|length }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% set t = 'a' * 4000000 %}{% for i in range(100000) %}{{ s == t }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ 'ab' in s }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s.find('b') }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s.count('aa') }}{% endfor %}",
        "{% set s = 'a ' * 2000000 %}{% for i in range(100000) %}{{ s.split(' ')|length }}{% endfor %}",
        "{% set s = 'a ' * 2000000 %}{% for i in range(100000) %}{{ s|trim|length }}{% endfor %}",
        "{% set s = 'a' * 100000 %}{% for i in range(100000) %}{{ s.replace('a', 'b')|length }}{% endfor %}",
        "{% set s = 'a' * 100000 %}{% for i in range(100000) %}{{ s|wordwrap(1)|length }}{% endfor %}",
        "{% set s = ['\\x01' * 100000] %}{% for i in range(100000) %}{{ s|tojson|length }}{% endfor %}",
        "{% set s = '<' * 100000 %}{% for i in range(100000) %}{{ s|e|length }}{% endfor %}",
        "{% set s = '%(a)s' * 100000 %}{% for i in range(100000) %}{{ (s % {'a': 'b'})|length }}{% endfor %}",
        "{% set s = '{}' * 10000 %}{% for i in range(1000) %}{{ s.format(*([1] * 10000))|length }}{% endfor %}",
        "{{ strftime_now('%c' * 1000000) }}",
        "{% set ns = namespace() %}{% for i in range(100000) %}{% for j in range(100) %}"
            + "{% set ns.n = namespace(n=ns.n) %}{% endfor %}{% endfor %}",
    ])
    func endsAtTheLimit(_ source: String) throws {
        let error = try refusal(source)
        #expect(error.code == .badTemplate)
        #expect(error.facts["class"] == "LimitError", "\(error)")
        let charged = try #require(error.facts["steps"].flatMap { Int($0) })
        // The last charge may be as large as one text with its weight.
        #expect(charged > TemplateLimit.steps && charged < 50 * TemplateLimit.steps, "\(source): \(error)")
    }

    @Test func textLongerThanTheLimit() throws {
        let error = try refusal("{{ '%(a)s' * 100000 % {'a': 'b' * 100000} }}")
        #expect(error.facts["class"] == "LimitError")
        #expect("\(error)".contains("\(TemplateLimit.text)"), "\(error)")
    }

    @Test(arguments: [("(", ")"), ("[", "]"), ("{'a':", "}"), ("not ", ""), ("-", ""), ("a[", "]"), ("f(", ")")])
    func deepSource(_ open: String, _ close: String) throws {
        let depth = 20_000
        let nested = String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        let error = try refusal("{{ \(nested) }}")
        #expect(error.code == .badTemplate)
        #expect(error.facts["class"] == "LimitError", "\(error)")
    }

    @Test func longSources() throws {
        let chains = ["1" + String(repeating: " + 1", count: 20_000), "a" + String(repeating: ".b", count: 20_000)]
        for chain in chains { #expect(try refusal("{{ \(chain) }}").facts["class"] == "LimitError") }
        #expect(try refusal("{{ \(String(repeating: "n", count: 1000)) }}").facts["class"] == "LimitError")
        let whole = String(repeating: "x", count: TemplateLimit.source + 1)
        #expect(try refusal(whole).facts["class"] == "LimitError")
        let nested = String(repeating: "{% if 1 %}", count: 1000) + String(repeating: "{% endif %}", count: 1000)
        #expect(try refusal(nested).facts["class"] == "LimitError")
    }

    /// Methods of objects that are gone from the template's scope still work.
    @Test func methodsOutliveTheirScope() throws {
        let source = """
            {% set ns = namespace() %}{% for x in [1] %}{% set ns.f = loop.changed %}{% endfor %}{{ ns.f(1) }}\
            {{ ns.f(1) }}{% set f = cycler('a', 'b').next %}{{ f() }}{{ f() }}
            """
        #expect(try Template(parsing: source).render(context: .object([:])) == "TrueFalseab")
    }
}

import Testing

@testable import ZondaTokenizer

/// Expected values are Python's `datetime.strftime` in the C locale.
@Suite struct CalendarTimeTests {
    @Test(arguments: [
        ("2024-09-03 12:34:56", CalendarTime(year: 2024, month: 9, day: 3, hour: 12, minute: 34, second: 56)),
        ("2024-09-03T00:00:01", CalendarTime(year: 2024, month: 9, day: 3, second: 1)),
        ("2024-02-29", CalendarTime(year: 2024, month: 2, day: 29)),
    ])
    func parses(_ text: String, _ expected: CalendarTime) {
        #expect(CalendarTime(parsing: text) == expected)
    }

    @Test(arguments: ["", "2024", "2024-13-01", "2023-02-29", "2024-04-31", "0-1-1", "2024-09-03 12:34", "today"])
    func refuses(_ text: String) {
        #expect(CalendarTime(parsing: text) == nil)
    }

    @Test func fieldsAreClamped() {
        let time = CalendarTime(
            year: 20000, month: 0, day: 99, hour: 24, minute: -1, second: 60, microsecond: 2_000_000)
        let expected = CalendarTime(
            year: 9999, month: 1, day: 31, hour: 23, minute: 0, second: 59, microsecond: 999_999)
        #expect(time == expected)
        #expect(CalendarTime(year: 1900, month: 2, day: 29).day == 28)
        #expect(CalendarTime(year: 2000, month: 2, day: 29).day == 29)
    }

    @Test(arguments: [
        ("2024-12-30", "2025-W01-1"), ("2027-01-01", "2026-W53-5"), ("2021-01-03", "2020-W53-7"),
        ("2026-01-01", "2026-W01-4"), ("2024-02-29", "2024-W09-4"),
    ])
    func isoWeeks(_ day: String, _ expected: String) throws {
        #expect(try #require(CalendarTime(parsing: day)).formatted("%G-W%V-%u") == expected)
    }

    @Test(arguments: [
        ("%Y-%m-%d %H:%M:%S.%f", "2024-02-05 00:07:09.000042"), ("%a %A %b %B %h", "Mon Monday Feb February Feb"),
        ("%c", "Mon Feb  5 00:07:09 2024"),
        ("%D|%x|%F|%T|%X|%R", "02/05/24|02/05/24|2024-02-05|00:07:09|00:07:09|00:07"),
        ("%I:%M %p %P", "12:07 AM am"), ("%r", "12:07:09 AM"), ("%e|%k|%l", " 5| 0|12"), ("%j %U %W %w", "036 05 06 1"),
        ("%-d/%-m/%_d/%_m", "5/2/ 5/ 2"), ("%^a %^B", "MON FEBRUARY"), ("%y %C", "24 20"), ("%n%t%%", "\n\t%"),
        ("[%z%Z]", "[]"), ("%", "%"), ("%Q", "%Q"), ("é%dü", "é05ü"), ("", ""),
    ])
    func formats(_ format: String, _ expected: String) {
        let time = CalendarTime(year: 2024, month: 2, day: 5, hour: 0, minute: 7, second: 9, microsecond: 42)
        #expect(time.formatted(format) == expected)
    }
}

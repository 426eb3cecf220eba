import Glibc

/// A date and a time of day, without a time zone: what `strftime_now` in a chat template shows.
public struct CalendarTime: Hashable, Sendable {
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var microsecond: Int

    /// Fields outside their range are moved to its nearest end.
    public init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, microsecond: Int = 0
    ) {
        self.year = min(max(year, 1), 9999)
        self.month = min(max(month, 1), 12)
        let longest = [31, Self.isLeap(self.year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][self.month - 1]
        self.day = min(max(day, 1), longest)
        self.hour = min(max(hour, 0), 23)
        self.minute = min(max(minute, 0), 59)
        self.second = min(max(second, 0), 59)
        self.microsecond = min(max(microsecond, 0), 999_999)
    }

    /// The local time now.
    public static var now: CalendarTime {
        var clock = timespec()
        clock_gettime(CLOCK_REALTIME, &clock)
        var parts = tm()
        localtime_r(&clock.tv_sec, &parts)
        return CalendarTime(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
            microsecond: clock.tv_nsec / 1000)
    }

    /// Reads `2024-09-03 12:34:56`, with `T` or a space between and the time optional; nil for anything else.
    public init?(parsing text: String) {
        let numbers = text.split { !$0.isASCII || !$0.isNumber }.map { Int($0) }
        guard numbers.count == 3 || numbers.count == 6, let year = numbers[0], let month = numbers[1],
            let day = numbers[2]
        else { return nil }
        let time = numbers.dropFirst(3).map { $0 ?? 0 }
        let parsed = CalendarTime(
            year: year, month: month, day: day, hour: time.first ?? 0, minute: time.dropFirst().first ?? 0,
            second: time.last ?? 0)
        guard parsed.year == year, parsed.month == month, parsed.day == day else { return nil }
        self = parsed
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// From 1 to 366.
    var dayOfYear: Int {
        [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1] + day
            + (month > 2 && Self.isLeap(year) ? 1 : 0)
    }

    /// 0 is Sunday.
    var weekday: Int {
        let before = year - 1
        return (before * 365 + before / 4 - before / 100 + before / 400 + dayOfYear) % 7
    }
}

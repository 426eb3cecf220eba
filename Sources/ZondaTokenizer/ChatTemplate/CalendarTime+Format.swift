extension CalendarTime {
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Python's `strftime` in the C locale, with glibc's flags `-`, `_`, `0`, `^` and `#`. Unknown directives stay.
    func formatted(_ format: String) -> String {
        var text = ""
        var rest = format.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let start = rest
            var flag: Unicode.Scalar?
            if let first = rest.first, "-_0^#".unicodeScalars.contains(first) { flag = rest.popFirst() }
            if let directive = rest.popFirst(), let field = field(directive, flag: flag) {
                text += flag == "^" ? field.uppercased() : field
            } else {
                text += "%"
                rest = start
            }
        }
        return text
    }

    private func field(_ directive: Unicode.Scalar, flag: Unicode.Scalar?) -> String? {
        func padded(_ value: Int, _ width: Int, with fill: Unicode.Scalar = "0") -> String {
            let fill: Unicode.Scalar = flag == "_" ? " " : flag == "0" ? "0" : fill
            let digits = String(value)
            if flag == "-" { return digits }
            return String(repeating: String(fill), count: max(0, width - digits.count)) + digits
        }
        let hour12 = hour % 12 == 0 ? 12 : hour % 12
        let weekdayFromMonday = (weekday + 6) % 7
        switch directive {
        case "a": return String(Self.weekdays[weekday].prefix(3))
        case "A": return Self.weekdays[weekday]
        case "b", "h": return String(Self.months[month - 1].prefix(3))
        case "B": return Self.months[month - 1]
        case "c": return formatted("%a %b %e %H:%M:%S ") + String(year)
        case "C": return padded(year / 100, 2)
        case "d": return padded(day, 2)
        case "D", "x": return formatted("%m/%d/%y")
        case "e": return padded(day, 2, with: " ")
        case "f": return padded(microsecond, 6)
        case "F": return formatted("%Y-%m-%d")
        case "g": return padded(isoWeek.year % 100, 2)
        case "G": return padded(isoWeek.year, 1)
        case "H": return padded(hour, 2)
        case "I": return padded(hour12, 2)
        case "j": return padded(dayOfYear, 3)
        case "k": return padded(hour, 2, with: " ")
        case "l": return padded(hour12, 2, with: " ")
        case "m": return padded(month, 2)
        case "M": return padded(minute, 2)
        case "n": return "\n"
        case "p": return flag == "#" ? (hour < 12 ? "am" : "pm") : (hour < 12 ? "AM" : "PM")
        case "P": return hour < 12 ? "am" : "pm"
        case "r": return formatted("%I:%M:%S %p")
        case "R": return formatted("%H:%M")
        case "S": return padded(second, 2)
        case "t": return "\t"
        case "T", "X": return formatted("%H:%M:%S")
        case "u": return padded(weekdayFromMonday + 1, 1)
        case "U": return padded((dayOfYear + 6 - weekday) / 7, 2)
        case "V": return padded(isoWeek.week, 2)
        case "w": return padded(weekday, 1)
        case "W": return padded((dayOfYear + 6 - weekdayFromMonday) / 7, 2)
        case "y": return padded(year % 100, 2)
        case "Y": return padded(year, 1)
        // A time without a zone has neither an offset nor a name.
        case "z", "Z": return ""
        case "%": return "%"
        default: return nil
        }
    }

    /// The week of ISO 8601: weeks begin on Monday, and the first holds the year's first Thursday.
    private var isoWeek: (year: Int, week: Int) {
        func weeks(in year: Int) -> Int {
            let first = CalendarTime(year: year, month: 1, day: 1).weekday
            return first == 4 || (first == 3 && Self.isLeap(year)) ? 53 : 52
        }
        let week = (dayOfYear - (weekday + 6) % 7 + 9) / 7
        if week < 1 { return (year - 1, weeks(in: max(1, year - 1))) }
        return week > weeks(in: year) ? (year + 1, 1) : (year, week)
    }
}

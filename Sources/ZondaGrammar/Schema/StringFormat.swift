import ZondaCore

/// The formats of strings that can be said exactly, or as a part that every validator accepts.
enum StringFormat {
    private static let fullDate: String = {
        let year = "(?:000[1-9]|00[1-9]\\d|0[1-9]\\d\\d|[1-9]\\d{3})"
        let leapYear =
            "(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
        return "(?:\(year)-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)"
            + "|02-(?:0[1-9]|1\\d|2[0-8]))|\(leapYear)-02-29)"
    }()
    /// Without leap seconds, which are not in every minute, and at most nine digits of a second.
    private static let fullTime =
        "(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)"
    private static let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    private static let byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"

    private static let expressions: [String: String] = [
        // RFC 3339, section 5.6.
        "date": fullDate,
        "time": fullTime,
        "date-time": "\(fullDate)T\(fullTime)",
        // RFC 5321, without quoted names and addresses in brackets.
        "email":
            "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,32}(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,31})?@\(label)(?:\\.\(label)){1,2}",
        // RFC 1123.
        "hostname": "\(label)(?:\\.\(label)){0,2}",
        // RFC 9562.
        "uuid": "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
        // RFC 2673, section 3.2.
        "ipv4": "\(byte)\\.\(byte)\\.\(byte)\\.\(byte)",
        // RFC 3986, without addresses in brackets.
        "uri":
            "[A-Za-z][A-Za-z0-9+.-]*:(?:\\/\\/(?:(?:\(unreserved)|[:])*@)?(?:\(unreserved))*(?::\\d*)?(?:\\/(?:\(path))*)*"
            + "|\\/(?:(?:\(path))+(?:\\/(?:\(path))*)*)?|(?:\(path))+(?:\\/(?:\(path))*)*)"
            + "(?:\\?(?:\(path)|[/?])*)?(?:#(?:\(path)|[/?])*)?",
    ]
    private static let unreserved = "[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}"
    private static let path = "[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2}"

    static func language(
        _ name: String, at place: String, _ steps: inout StepCount
    ) throws(ZondaError) -> ScalarAutomaton {
        guard let expression = expressions[name] else {
            throw SchemaDocument.failure(
                "format \"\(name)\" is not supported", at: place,
                remedy: "supported are \(expressions.keys.sorted().joined(separator: ", ")); a pattern can say others")
        }
        return try RegexParser.parse("^(?:\(expression))$").search(&steps)
    }
}

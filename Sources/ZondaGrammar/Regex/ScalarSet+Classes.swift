extension ScalarSet {
    /// `\d` of ECMA-262.
    static let digits = ScalarSet([0x30...0x39])
    /// `\w` of ECMA-262.
    static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    /// `\s` of ECMA-262: white space and line terminators.
    static let space = ScalarSet([
        0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F,
        0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
    ])
    /// What `.` does not match.
    static let lineTerminators = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])

    /// The only member; nil when there are none or several.
    var single: UInt32? {
        guard ranges.count == 1, ranges[0].lowerBound == ranges[0].upperBound else { return nil }
        return ranges[0].lowerBound
    }

    /// The characters of a general category, by its short or long name; nil for another property.
    init?(property name: String) {
        let name = name.split(separator: "=", maxSplits: 1).last.map(String.init) ?? name
        guard let categories = Self.categories[name] else { return nil }
        self.init(Self.rangesByCategory.filter { categories.contains($0.key) }.flatMap(\.value))
    }

    private static let categories: [String: Set<Unicode.GeneralCategory>] = {
        let letters: [(String, String, Unicode.GeneralCategory)] = [
            ("Lu", "Uppercase_Letter", .uppercaseLetter), ("Ll", "Lowercase_Letter", .lowercaseLetter),
            ("Lt", "Titlecase_Letter", .titlecaseLetter), ("Lm", "Modifier_Letter", .modifierLetter),
            ("Lo", "Other_Letter", .otherLetter), ("Mn", "Nonspacing_Mark", .nonspacingMark),
            ("Mc", "Spacing_Mark", .spacingMark), ("Me", "Enclosing_Mark", .enclosingMark),
            ("Nd", "Decimal_Number", .decimalNumber), ("Nl", "Letter_Number", .letterNumber),
            ("No", "Other_Number", .otherNumber), ("Pc", "Connector_Punctuation", .connectorPunctuation),
            ("Pd", "Dash_Punctuation", .dashPunctuation), ("Ps", "Open_Punctuation", .openPunctuation),
            ("Pe", "Close_Punctuation", .closePunctuation), ("Pi", "Initial_Punctuation", .initialPunctuation),
            ("Pf", "Final_Punctuation", .finalPunctuation), ("Po", "Other_Punctuation", .otherPunctuation),
            ("Sm", "Math_Symbol", .mathSymbol), ("Sc", "Currency_Symbol", .currencySymbol),
            ("Sk", "Modifier_Symbol", .modifierSymbol), ("So", "Other_Symbol", .otherSymbol),
            ("Zs", "Space_Separator", .spaceSeparator), ("Zl", "Line_Separator", .lineSeparator),
            ("Zp", "Paragraph_Separator", .paragraphSeparator), ("Cc", "Control", .control), ("Cf", "Format", .format),
        ]
        let groups = [
            "L": "Letter", "M": "Mark", "N": "Number", "P": "Punctuation", "S": "Symbol", "Z": "Separator",
        ]
        var found: [String: Set<Unicode.GeneralCategory>] = [:]
        for (short, long, category) in letters {
            found[short] = [category]
            found[long] = [category]
            let first = String(short.prefix(1))
            guard let group = groups[first] else { continue }
            found[first, default: []].insert(category)
            found[group, default: []].insert(category)
        }
        // Python writes digits of all scripts as `\d`, others as this.
        found["digit"] = [.decimalNumber]
        return found
    }()

    /// Made once, in about 50 ms, by the first expression that names a category.
    private static let rangesByCategory: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = {
        var found: [Unicode.GeneralCategory: [ClosedRange<UInt32>]] = [:]
        for range in ScalarSet.all.ranges {
            var start = range.lowerBound
            var current = Unicode.Scalar(start)?.properties.generalCategory ?? .unassigned
            for value in range {
                let category = Unicode.Scalar(value)?.properties.generalCategory ?? .unassigned
                guard category != current else { continue }
                found[current, default: []].append(start...value - 1)
                start = value
                current = category
            }
            found[current, default: []].append(start...range.upperBound)
        }
        return found
    }()
}

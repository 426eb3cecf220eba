/// The general category of a Unicode scalar as one bit of a mask.
struct ScalarCategory: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    init(rawValue: UInt32) { self.rawValue = rawValue }

    static let letter: ScalarCategory = [
        .init(.uppercaseLetter), .init(.lowercaseLetter), .init(.titlecaseLetter), .init(.modifierLetter),
        .init(.otherLetter),
    ]
    static let mark: ScalarCategory = [.init(.nonspacingMark), .init(.spacingMark), .init(.enclosingMark)]
    static let number: ScalarCategory = [.init(.decimalNumber), .init(.letterNumber), .init(.otherNumber)]
    static let punctuation: ScalarCategory = [
        .init(.connectorPunctuation), .init(.dashPunctuation), .init(.openPunctuation), .init(.closePunctuation),
        .init(.initialPunctuation), .init(.finalPunctuation), .init(.otherPunctuation),
    ]
    static let symbol: ScalarCategory = [
        .init(.mathSymbol), .init(.currencySymbol), .init(.modifierSymbol), .init(.otherSymbol),
    ]
    static let separator: ScalarCategory = [
        .init(.spaceSeparator), .init(.lineSeparator), .init(.paragraphSeparator),
    ]
    static let other: ScalarCategory = [
        .init(.control), .init(.format), .init(.surrogate), .init(.privateUse), .init(.unassigned),
    ]

    init(_ category: Unicode.GeneralCategory) {
        let bit: UInt32 =
            switch category {
            case .uppercaseLetter: 0
            case .lowercaseLetter: 1
            case .titlecaseLetter: 2
            case .modifierLetter: 3
            case .otherLetter: 4
            case .nonspacingMark: 5
            case .spacingMark: 6
            case .enclosingMark: 7
            case .decimalNumber: 8
            case .letterNumber: 9
            case .otherNumber: 10
            case .connectorPunctuation: 11
            case .dashPunctuation: 12
            case .openPunctuation: 13
            case .closePunctuation: 14
            case .initialPunctuation: 15
            case .finalPunctuation: 16
            case .otherPunctuation: 17
            case .mathSymbol: 18
            case .currencySymbol: 19
            case .modifierSymbol: 20
            case .otherSymbol: 21
            case .spaceSeparator: 22
            case .lineSeparator: 23
            case .paragraphSeparator: 24
            case .control: 25
            case .format: 26
            case .surrogate: 27
            case .privateUse: 28
            case .unassigned: 29
            @unknown default: 30
            }
        self.init(rawValue: 1 << bit)
    }

    /// The category of `scalar`.
    @inline(__always)
    init(of scalar: UInt32) {
        self =
            scalar < 0x10000
            ? ScalarCategory(rawValue: 1 << UInt32(Self.basicPlane[Int(scalar)])) : Self(beyond: scalar)
    }

    private init(beyond scalar: UInt32) {
        self.init(Unicode.Scalar(scalar)?.properties.generalCategory ?? .surrogate)
    }

    /// Bit numbers for the basic plane, filled once (4 ms): asking the standard library takes 70 ns for each scalar.
    private static let basicPlane: [UInt8] = (0..<UInt32(0x10000)).map { scalar in
        UInt8(ScalarCategory(beyond: scalar).rawValue.trailingZeroBitCount)
    }

    /// The category that a property in a pattern names: `L`, `Lu`, `Letter`...; nil for a name that is none.
    init?(named name: String) {
        switch name {
        case "L", "Letter": self = .letter
        case "Lu", "Uppercase_Letter": self.init(.uppercaseLetter)
        case "Ll", "Lowercase_Letter": self.init(.lowercaseLetter)
        case "Lt", "Titlecase_Letter": self.init(.titlecaseLetter)
        case "Lm", "Modifier_Letter": self.init(.modifierLetter)
        case "Lo", "Other_Letter": self.init(.otherLetter)
        case "M", "Mark": self = .mark
        case "Mn", "Nonspacing_Mark": self.init(.nonspacingMark)
        case "Mc", "Spacing_Mark": self.init(.spacingMark)
        case "Me", "Enclosing_Mark": self.init(.enclosingMark)
        case "N", "Number": self = .number
        case "Nd", "Decimal_Number": self.init(.decimalNumber)
        case "Nl", "Letter_Number": self.init(.letterNumber)
        case "No", "Other_Number": self.init(.otherNumber)
        case "P", "Punctuation": self = .punctuation
        case "Pc": self.init(.connectorPunctuation)
        case "Pd": self.init(.dashPunctuation)
        case "Ps": self.init(.openPunctuation)
        case "Pe": self.init(.closePunctuation)
        case "Pi": self.init(.initialPunctuation)
        case "Pf": self.init(.finalPunctuation)
        case "Po": self.init(.otherPunctuation)
        case "S", "Symbol": self = .symbol
        case "Sm": self.init(.mathSymbol)
        case "Sc": self.init(.currencySymbol)
        case "Sk": self.init(.modifierSymbol)
        case "So": self.init(.otherSymbol)
        case "Z", "Separator": self = .separator
        case "Zs", "Space_Separator": self.init(.spaceSeparator)
        case "Zl": self.init(.lineSeparator)
        case "Zp": self.init(.paragraphSeparator)
        case "C", "Other": self = .other
        case "Cc", "Control": self.init(.control)
        case "Cf", "Format": self.init(.format)
        case "Co": self.init(.privateUse)
        case "Cn": self.init(.unassigned)
        default: return nil
        }
    }
}

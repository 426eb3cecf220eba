import TestSupport
import ZondaCore

@testable import ZondaGrammar

enum Vocabularies {
    /// All single bytes, then `texts`, then an end token.
    static func bytes(and texts: [String] = []) -> GrammarVocabulary {
        let tokens = (0...255).map { [UInt8($0)] } + texts.map { Array($0.utf8) }
        return GrammarVocabulary(tokens: tokens + [nil], endTokens: [TokenID(tokens.count)])
    }
}

extension GrammarState {
    /// The allowed tokens.
    mutating func allowed() throws -> [TokenID] {
        let mask = try mask()
        return (0..<TokenID(grammar.vocabulary.count)).filter { mask[Int($0) >> 5] >> UInt32($0 & 31) & 1 != 0 }
    }
}

extension Grammar {
    /// Whether `text` is one of the grammar's, byte by byte.
    func accepts(_ text: String) throws -> Bool { try TokenGrammar(self, Vocabularies.bytes()).accepts(text) }
}

extension TokenGrammar {
    func accepts(_ text: String) throws -> Bool {
        var state = GrammarState(self)
        for byte in text.utf8 {
            do { try state.accept(TokenID(byte)) } catch {
                if error.message.contains("not allowed") { return false }
                throw error
            }
        }
        return state.mayEnd
    }
}

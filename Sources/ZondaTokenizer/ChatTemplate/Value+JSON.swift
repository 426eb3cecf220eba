import OrderedCollections
import ZondaFormats

extension Value {
    init(_ json: JSONValue) throws {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .int(value)
        case .number(let value): self = .float(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = try .list(values.map { try Value($0) })
        case .object(let members):
            var entries = OrderedDictionary<Key, Value>(minimumCapacity: members.count)
            for (name, member) in members { entries[Key(unchecked: .string(name))] = try Value(member) }
            self = .dictionary(try Entries(entries))
        }
    }
}

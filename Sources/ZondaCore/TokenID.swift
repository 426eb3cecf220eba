/// A position in a model's vocabulary.
public typealias TokenID = Int32

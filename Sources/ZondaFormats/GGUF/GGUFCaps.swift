/// The most that a GGUF file may ask for: far above any real model, far below what would exhaust a machine.
public enum GGUFCaps {
    /// The largest mixture models have fewer than 100,000 tensors, experts stored apart.
    public static let tensors = 1 << 20
    /// Real files have fewer than 200 keys.
    public static let metadataKeys = 1 << 16
    /// The specification's limit for a key.
    public static let keyBytes = 65_535
    /// The specification says 64, and converters have written longer ones.
    public static let tensorNameBytes = 1_024
    /// The longest strings are chat templates and licences, below 1 MB.
    public static let stringBytes = 1 << 26
    /// The longest arrays are vocabularies and merges, below one million.
    public static let arrayCount = 1 << 24
    /// Arrays of arrays are legal, though no known file has one.
    public static let arrayDepth = 4
    /// Values in arrays of arrays, all levels together: each costs memory beyond its bytes in the file.
    public static let nestedArrays = 1 << 16
    /// The specification's limit.
    public static let dimensions = 4
    /// Real files use 32; a page of the largest kind is the most that makes sense.
    public static let alignment = 1 << 21
    /// A split model's parts; the largest published ones have a few hundred.
    public static let splits = 9_999
}

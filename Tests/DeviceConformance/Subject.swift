public import ZondaCore
public import ZondaDevice

/// A device, as it is set up, that must agree with the reference.
public struct Subject: Sendable, CustomStringConvertible {
    public var description: String
    public var compute: ComputeType
    public var tolerances: Tolerances
    public var make: @Sendable () throws -> any Device
    /// Other ways to set it up that must give the same bits.
    public var twins: [Twin]

    /// A name, and what makes it.
    public struct Twin: Sendable {
        public var name: String
        public var make: @Sendable () throws -> any Device

        public init(_ name: String, make: @escaping @Sendable () throws -> any Device) {
            self.name = name
            self.make = make
        }
    }

    /// Largest differences that are allowed, as shares of the root mean square of the results.
    public struct Tolerances: Sendable {
        /// Products by the type of the weight.
        public var product: @Sendable (DType) -> Float
        /// Products with norms, activations and residuals around them.
        public var fusedProduct: Float
        /// Norms, sums, activations.
        public var rows: Float
        /// Attention by the type of keys and values.
        public var attention: @Sendable (DType) -> Float

        public init(
            product: @escaping @Sendable (DType) -> Float, fusedProduct: Float, rows: Float,
            attention: @escaping @Sendable (DType) -> Float
        ) {
            self.product = product
            self.fusedProduct = fusedProduct
            self.rows = rows
            self.attention = attention
        }
    }

    public init(
        _ description: String, compute: ComputeType, _ tolerances: Tolerances, twins: [Twin] = [],
        make: @escaping @Sendable () throws -> any Device
    ) {
        self.description = description
        self.compute = compute
        self.tolerances = tolerances
        self.twins = twins
        self.make = make
    }

    func workbench(rows: Int = 128, slots: Int = 128) throws -> Workbench {
        try Workbench(make(), compute: compute, rows: rows, slots: slots)
    }

    func workbench(of twin: Twin) throws -> Workbench { try Workbench(twin.make(), compute: compute) }
}

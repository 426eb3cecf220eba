import ZondaDevice

/// A kernel as the compiler is asked for it: its file and its name expression.
struct KernelName: Hashable, Sendable {
    let file: String
    let expression: String

    init(_ file: String, _ expression: String) {
        self.file = file
        self.expression = expression
    }
}

/// One kernel with all that a launch needs; a step is a list of these.
struct KernelLaunch: Sendable {
    var kernel: KernelName
    var shape: LaunchShape
    var arguments: KernelArguments
    /// What it must move and multiply, for profiles; nothing where nobody counts.
    var work: OperationWork
    /// Columns in and out of a product, for profiles.
    var product: Product?

    struct Product: Hashable, Sendable {
        var inputs: Int
        var outputs: Int
    }

    init<Arguments: BitwiseCopyable>(
        _ kernel: KernelName, _ shape: LaunchShape, work: OperationWork = OperationWork(), product: Product? = nil,
        _ arguments: Arguments
    ) {
        self.kernel = kernel
        self.shape = shape
        self.work = work
        self.product = product
        self.arguments = KernelArguments(arguments)
    }

    /// The name by which a profile sums launches: `linear_few<Q4_K, Q4_K, 1, 1, 5, true> 4096 -> 6144`.
    var profileName: String {
        product.map { "\(kernel.expression) \($0.inputs) -> \($0.outputs)" } ?? kernel.expression
    }
}

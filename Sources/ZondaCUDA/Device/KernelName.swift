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

    init<Arguments: BitwiseCopyable>(_ kernel: KernelName, _ shape: LaunchShape, _ arguments: Arguments) {
        self.kernel = kernel
        self.shape = shape
        self.arguments = KernelArguments(arguments)
    }
}

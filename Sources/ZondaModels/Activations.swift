public import ZondaCore
public import ZondaDevice

/// The buffers of a step, sized once for the largest one; all float32.
public struct Activations: Sendable {
    /// [R, hidden] the residual stream.
    public let residual: Tensor
    /// [R, hidden] a branch that waits for its norm, or the sum of a parallel block.
    public let branch: Tensor
    /// [R, (heads + 2 kvHeads) * headSize] queries, keys and values side by side.
    public let projected: Tensor
    /// [R, heads * headSize].
    public let attended: Tensor
    /// [R, intermediate].
    public let intermediate: Tensor
    /// [L, hidden] the rows whose logits are wanted.
    public let gathered: Tensor
    /// [L, vocabulary].
    public let logits: Tensor
    /// Where operations are split that the device does not fuse; empty otherwise.
    let workspace: Workspace
    let headWorkspace: Workspace

    private init(
        residual: Tensor, branch: Tensor, projected: Tensor, attended: Tensor, intermediate: Tensor, gathered: Tensor,
        logits: Tensor, workspace: Workspace, headWorkspace: Workspace
    ) {
        self.residual = residual
        self.branch = branch
        self.projected = projected
        self.attended = attended
        self.intermediate = intermediate
        self.gathered = gathered
        self.logits = logits
        self.workspace = workspace
        self.headWorkspace = headWorkspace
    }

    /// Allocates the buffers for steps of up to `rows` tokens and `logitRows` rows of logits.
    public init(
        for model: DecoderDescription, rows: Int, logitRows: Int, on device: any Device
    ) throws(ZondaError) {
        func make(_ rows: Int, _ columns: Int) throws(ZondaError) -> Tensor {
            Tensor(try device.allocate(byteCount: max(1, rows * columns * 4)), rows: rows, columns: columns)
        }
        let sizes = model.layers.map { layer in
            let part = layer.attention
            return (query: part.heads * part.headSize, keys: 2 * part.kvHeads * part.headSize)
        }
        let queryWidth = sizes.map(\.query).max() ?? 0
        let projectedWidth = sizes.map { $0.query + $0.keys }.max() ?? 0
        let intermediate = model.layers.map(\.feedForward.intermediateSize).max() ?? 0
        residual = try make(rows, model.hiddenSize)
        branch = try make(rows, model.hiddenSize)
        projected = try make(rows, projectedWidth)
        attended = try make(rows, queryWidth)
        self.intermediate = try make(rows, intermediate)
        gathered = try make(logitRows, model.hiddenSize)
        logits = try make(logitRows, model.vocabularyCount)
        if device.info.fusions == .all {
            workspace = Workspace()
            headWorkspace = Workspace()
        } else {
            let normed = max(model.hiddenSize, queryWidth, intermediate)
            workspace = Workspace(
                normed: try make(rows, normed),
                product: try make(rows, max(projectedWidth, 2 * intermediate, model.hiddenSize)))
            headWorkspace = Workspace(
                normed: try make(logitRows, model.hiddenSize), product: try make(logitRows, model.vocabularyCount))
        }
    }

    /// The same buffers for a step of `rows` tokens.
    func prefix(rows: Int) -> Activations {
        Activations(
            residual: residual.prefix(rows: rows), branch: branch.prefix(rows: rows),
            projected: projected.prefix(rows: rows), attended: attended.prefix(rows: rows),
            intermediate: intermediate.prefix(rows: rows), gathered: gathered, logits: logits,
            workspace: workspace.prefix(rows: rows), headWorkspace: headWorkspace)
    }
}

extension Workspace {
    func prefix(rows: Int) -> Workspace {
        Workspace(normed: normed?.prefix(rows: rows), product: product?.prefix(rows: rows))
    }
}

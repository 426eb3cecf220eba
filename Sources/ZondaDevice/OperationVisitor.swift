public import ZondaCore

/// What carries out, or turns into work of a device, one operation of each kind.
public protocol OperationVisitor: AnyObject {
    func embed(_ op: EmbedOp) throws(ZondaError)
    func norm(_ op: NormOp) throws(ZondaError)
    func linear(_ op: LinearOp) throws(ZondaError)
    func ropeStore(_ op: RopeStoreOp) throws(ZondaError)
    func attention(_ op: AttentionOp) throws(ZondaError)
    func experts(_ op: ExpertsOp) throws(ZondaError)
    func combine(_ op: CombineOp) throws(ZondaError)
    func gather(_ op: GatherOp) throws(ZondaError)
    func sample(_ op: SampleOp) throws(ZondaError)
}

extension OperationVisitor {
    public func visit(_ operation: Operation) throws(ZondaError) {
        switch operation {
        case .embed(let op): try embed(op)
        case .norm(let op): try norm(op)
        case .linear(let op): try linear(op)
        case .ropeStore(let op): try ropeStore(op)
        case .attention(let op): try attention(op)
        case .experts(let op): try experts(op)
        case .combine(let op): try combine(op)
        case .gather(let op): try gather(op)
        case .sample(let op): try sample(op)
        }
    }
}

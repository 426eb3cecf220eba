import ZondaDevice

extension AttentionDescription {
    /// `q_proj`, `k_proj`, `v_proj` and `o_proj` under `path`.
    init(
        _ shape: DecoderShape, path: String, rope: RopeDescription?, hasBias: Bool = false, hasOutputBias: Bool = false
    ) {
        let (width, kvWidth) = (shape.heads * shape.headSize, shape.kvHeads * shape.headSize)
        let hidden = shape.hiddenSize
        self.init(
            heads: shape.heads, kvHeads: shape.kvHeads, headSize: shape.headSize,
            query: LinearDescription("\(path).q_proj", rows: width, columns: hidden, hasBias: hasBias),
            key: LinearDescription("\(path).k_proj", rows: kvWidth, columns: hidden, hasBias: hasBias),
            value: LinearDescription("\(path).v_proj", rows: kvWidth, columns: hidden, hasBias: hasBias),
            output: LinearDescription("\(path).o_proj", rows: hidden, columns: width, hasBias: hasOutputBias),
            rope: rope)
    }

    /// Reads q, k and v from one tensor `name`, where their rows follow each other.
    mutating func fuse(_ name: String) {
        let total = query.rows + key.rows + value.rows
        query = query.slice(of: name, from: 0, of: total)
        key = key.slice(of: name, from: query.rows, of: total)
        value = value.slice(of: name, from: query.rows + key.rows, of: total)
    }

    /// Whether q, k and v have biases.
    var hasInputBias: Bool {
        get { query.hasBias }
        set {
            query.hasBias = newValue
            key.hasBias = newValue
            value.hasBias = newValue
        }
    }
}

extension FeedForwardDescription.Gated {
    /// `gate_proj`, `up_proj` and `down_proj` under `path`, or other names.
    init(
        _ shape: DecoderShape, path: String, names: (gate: String, up: String, down: String) = Self.usualNames,
        activation: Activation, hasBias: Bool = false
    ) {
        let (inner, hidden) = (shape.intermediateSize, shape.hiddenSize)
        self.init(
            gate: LinearDescription("\(path).\(names.gate)", rows: inner, columns: hidden, hasBias: hasBias),
            up: LinearDescription("\(path).\(names.up)", rows: inner, columns: hidden, hasBias: hasBias),
            down: LinearDescription("\(path).\(names.down)", rows: hidden, columns: inner, hasBias: hasBias),
            activation: activation)
    }

    static let usualNames = (gate: "gate_proj", up: "up_proj", down: "down_proj")
}

extension FeedForwardDescription {
    var activation: Activation {
        get {
            switch self {
            case .gated(let part): part.activation
            case .plain(let part): part.activation
            case .experts(let part): part.activation
            }
        }
        set {
            switch self {
            case .gated(var part):
                part.activation = newValue
                self = .gated(part)
            case .plain(var part):
                part.activation = newValue
                self = .plain(part)
            case .experts(var part):
                part.activation = newValue
                self = .experts(part)
            }
        }
    }

    /// Reads gate and up from one tensor `name`, gate first.
    mutating func fuse(_ name: String) {
        guard case .gated(var part) = self else { return }
        let total = part.gate.rows + part.up.rows
        part.up = part.up.slice(of: name, from: part.gate.rows, of: total)
        part.gate = part.gate.slice(of: name, from: 0, of: total)
        self = .gated(part)
    }

    /// The same sizes and activation without a gate, both matrices with biases or neither.
    func plain(up upName: String, down downName: String, hasBias: Bool) -> FeedForwardDescription {
        guard case .gated(let part) = self else { return self }
        return .plain(
            Plain(
                up: LinearDescription(upName, rows: part.up.rows, columns: part.up.columns, hasBias: hasBias),
                down: LinearDescription(downName, rows: part.down.rows, columns: part.down.columns, hasBias: hasBias),
                activation: part.activation))
    }
}

extension LinearDescription {
    /// As many rows of a fused tensor; its bias is fused likewise.
    fileprivate func slice(of name: String, from firstRow: Int, of total: Int) -> LinearDescription {
        var slice = LinearDescription.slice(name, rows: rows, columns: columns, from: firstRow, of: total)
        slice.hasBias = hasBias
        return slice
    }
}

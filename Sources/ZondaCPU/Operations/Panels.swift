import CZondaSIMD
import ZondaCore
import ZondaDevice

/// The activations of one input as the kernels multiply them: rounded, in float32, or both when the weights' types differ.
struct Panels: BitwiseCopyable {
    var rounded: UnsafeMutableRawPointer?
    var float: UnsafeMutableRawPointer?

    subscript(kind: zonda_panel_kind) -> UnsafeMutableRawPointer? {
        kind == ZONDA_PANELS_ROUNDED ? rounded : float
    }

    /// The panels that lie after those of `rows` rows.
    func advanced(rows: Int, columns: Int) -> Panels {
        func advance(_ pointer: UnsafeMutableRawPointer?, _ kind: zonda_panel_kind) -> UnsafeMutableRawPointer? {
            pointer.map { $0 + rows * zonda_panel_bytes(kind, 1, Int32(columns)) }
        }
        return Panels(rounded: advance(rounded, ZONDA_PANELS_ROUNDED), float: advance(float, ZONDA_PANELS_FLOAT))
    }

    /// Writes rows `first ..< end` of the panels of `rows` rows.
    func write(
        _ kernels: UnsafePointer<zonda_kernels>, from source: RowView, index: UnsafePointer<Int32>?, rows: Int,
        _ first: Int, _ end: Int
    ) {
        func write(_ kind: zonda_panel_kind, _ target: UnsafeMutableRawPointer?) {
            guard let target else { return }
            kernels.pointee.linear.make_panels(
                kind, source.base, source.stride, index, Int32(rows), Int32(source.columns), Int32(first), Int32(end),
                target)
        }
        write(ZONDA_PANELS_ROUNDED, rounded)
        write(ZONDA_PANELS_FLOAT, float)
    }
}

extension CPUEncoder {
    /// The kind of panels that a type needs in this stream.
    func panelKind(_ type: zonda_type) -> zonda_panel_kind { zonda_panels_for(type, compute == .float32) }

    /// Room for the panels that weights of these types multiply.
    func reservePanels(rows: Int, columns: Int, for types: [zonda_type]) -> Panels {
        let kinds = Set(types.map { panelKind($0).rawValue })
        func reserve(_ kind: zonda_panel_kind) -> UnsafeMutableRawPointer? {
            guard kinds.contains(kind.rawValue) else { return nil }
            return scratch.takeBytes(zonda_panel_bytes(kind, Int32(rows), Int32(columns)))
        }
        return Panels(rounded: reserve(ZONDA_PANELS_ROUNDED), float: reserve(ZONDA_PANELS_FLOAT))
    }

    /// Adds the job that norms and rounds all rows of `input`; gives the panels and the normed rows.
    func makePanels(
        of input: RowView, norm: NormSpec?, for types: [zonda_type]
    ) throws(ZondaError) -> (panels: Panels, normed: RowView) {
        var job = PanelJob(kernels: kernels, input: input, normed: input)
        if let norm {
            job.norm = try self.norm(norm, columns: input.columns)
            job.normed = takeRows(input.rows, columns: input.columns)
        }
        job.panels = reservePanels(rows: input.rows, columns: input.columns, for: types)
        let granule = Int(kernels.pointee.linear.panel_rows)
        recording.add(job, items: (input.rows + granule - 1) / granule) { arguments, item, _ in
            arguments?.load(as: PanelJob.self).run(Int(item))
        }
        return (job.panels, job.normed)
    }
}

/// One item: as many rows as one register tile covers.
private struct PanelJob: BitwiseCopyable {
    var kernels: UnsafePointer<zonda_kernels>
    var input: RowView
    /// The input itself when there is no norm.
    var normed: RowView
    var norm: zonda_norm?
    var panels = Panels()

    func run(_ item: Int) {
        let granule = Int(kernels.pointee.linear.panel_rows)
        let (first, end) = (item * granule, min((item + 1) * granule, input.rows))
        if var norm {
            kernels.pointee.rows.norm(
                input.reading(from: first), normed.writing(from: first), Int32(end - first), Int32(input.columns),
                &norm)
        }
        panels.write(kernels, from: normed, index: nil, rows: input.rows, first, end)
    }
}

import ZondaDevice
import ZondaScheduling

extension StepInputs {
    /// The rows of a plan, span after span; `logitRows` are those to sample from.
    init(_ plan: StepPlan, windowCount: Int, ropeVariant: (_ reach: Int) -> Int) {
        self.init()
        let pageSize = KVCache.pageSize
        groups = Array(repeating: PageTables(), count: windowCount)
        for span in plan.spans {
            let firstRow = tokens.count
            spans.append(
                Span(
                    firstRow: Int32(firstRow), rowCount: Int32(span.tokens.count), firstPosition: Int32(span.start)))
            tokens.append(contentsOf: span.tokens)
            let positions = span.start..<span.end
            self.positions.append(contentsOf: positions.lazy.map { Int32($0) })
            slots.append(contentsOf: repeatElement(Int32(span.slot), count: span.tokens.count))
            let variant = Int32(ropeVariant(span.reach))
            ropeVariants.append(contentsOf: repeatElement(variant, count: span.tokens.count))
            for (group, pages) in span.pages.enumerated() {
                groups[group].offsets.append(Int32(groups[group].tables.count))
                groups[group].tables.append(contentsOf: pages)
                groups[group].writeSlots.append(
                    contentsOf: positions.lazy.map { position in
                        pages[position / pageSize] * Int32(pageSize) + Int32(position % pageSize)
                    })
            }
            if span.samples {
                samples.append(
                    SampleRow(
                        slot: Int32(span.slot), logitRow: Int32(logitRows.count), tokenIndex: Int32(span.sampleIndex)))
                logitRows.append(Int32(firstRow + span.tokens.count - 1))
            }
        }
    }
}

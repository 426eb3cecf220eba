import ModelSupport
import Testing
import ZondaCPU
import ZondaCore
import ZondaDevice
import ZondaFormats
import ZondaModels

/// What steps need by the description agrees with the sizes of the weights.
@Suite struct DecoderCostTests {
    @Test(arguments: ["models/llama", "models/llama_gqa_tied", "models/mixtral", "gguf/qwen3moe.gguf"])
    func ofOneRow(_ name: String) throws {
        guard let model = try GoldenModel(name) else { return }
        let device = try CPUDevice(threads: 1)
        let description = model.description
        let cost = try DecoderCost(description, from: model.checkpoint, on: device, kvType: .f16)
        let planner = PlanningDevice(device)
        _ = try DecoderLoader.plan(description, from: model.checkpoint, on: planner, maxSequenceLength: 64)
        let packed = planner.packedByteCount
        #expect(cost.weightByteCount == packed)

        // Of the parameters, one row meets all but the embedding's (unless it is the head) and the experts not chosen.
        var met = description.parameterCount
        if !description.isTied { met -= description.vocabularyCount * description.hiddenSize }
        var attention = 0
        var experts = false
        for layer in description.layers {
            attention += 4 * layer.attention.heads * layer.attention.headSize
            guard case .experts(let part) = layer.feedForward else { continue }
            experts = true
            met -= (part.experts.count - part.topK) * 3 * part.experts[0].up.rows * description.hiddenSize
        }
        let one = cost.step([.init(first: 0, count: 1)], logitRows: 1)
        #expect(one.operationCount == Double(2 * met + attention))
        #expect(one.byteCount <= Double(packed) * 1.01)

        // Eight rows read the weights of a mixture more often than one does, and others no more often.
        let page = try description.layers.reduce(0) { sum, layer in
            let part = layer.attention
            return sum
                + (try device.pageByteCount(of: KVSpec(dtype: .f16, kvHeads: part.kvHeads, headSize: part.headSize)))
        }
        let eight = cost.step(Array(repeating: .init(first: 0, count: 1), count: 8), logitRows: 8)
        #expect(eight.operationCount == 8 * one.operationCount)
        let grown = eight.byteCount - one.byteCount
        let cache = 7 * 2 * Double(page) / Double(KVCache.pageSize)
        #expect(experts ? grown > cache * 1.01 : abs(grown - cache) < 1)

        // A prompt without logits leaves the head out.
        let prompt = cost.step([.init(first: 0, count: 1)], logitRows: 0)
        let head = description.vocabularyCount * description.hiddenSize
        #expect(one.operationCount - prompt.operationCount == Double(2 * head))
    }
}

import Testing
import ZondaCore
import ZondaDevice

@Suite struct SamplingParametersTests {
    @Test func defaultsAreLegalAndChangeNothing() throws {
        let parameters = try SamplingParameters().validated(vocabularyCount: 10)
        #expect(!parameters.needsHistory && !parameters.isGreedy)
        #expect(SamplingParameters.greedy.isGreedy)
    }

    @Test func everyParameterIsChecked() {
        let changes: [(String, (inout SamplingParameters) -> Void)] = [
            ("temperature", { $0.temperature = -1 }), ("temperature", { $0.temperature = .infinity }),
            ("topK", { $0.topK = -1 }), ("topP", { $0.topP = 1.1 }), ("topP", { $0.topP = .nan }),
            ("minP", { $0.minP = -0.1 }), ("typicalP", { $0.typicalP = 0 }),
            ("repetitionPenalty", { $0.repetitionPenalty = 0 }), ("frequencyPenalty", { $0.frequencyPenalty = 2.5 }),
            ("presencePenalty", { $0.presencePenalty = -3 }), ("penaltyWindow", { $0.penaltyWindow = 0 }),
            ("logprobCount", { $0.logprobCount = 1025 }), ("logprobCount", { $0.logprobCount = -1 }),
            ("dry.multiplier", { $0.dry = DRYParameters(multiplier: .nan) }),
            ("dry.base", { $0.dry = DRYParameters(multiplier: 1, base: 0.5) }),
            ("dry.allowedLength", { $0.dry = DRYParameters(multiplier: 1, allowedLength: 0) }),
            ("dry.range", { $0.dry = DRYParameters(multiplier: 1, range: 0) }),
            ("logitBias of token 3", { $0.logitBias = [3: .infinity] }),
            ("token of logitBias", { $0.logitBias = [10: 1] }), ("token of logitBias", { $0.logitBias = [-1: 1] }),
        ]
        for (name, change) in changes {
            var parameters = SamplingParameters()
            change(&parameters)
            let error = #expect(throws: ZondaError.self) { try parameters.validated(vocabularyCount: 10) }
            #expect(error?.facts["parameter"] == name)
            #expect(error?.code == .badRequest)
        }
    }

    @Test func messageNamesValueAndRange() {
        var parameters = SamplingParameters()
        parameters.topP = 1.5
        let error = #expect(throws: ZondaError.self) { try parameters.validated() }
        #expect(error?.message == "topP is 1.5")
        #expect(error?.remedy == "legal is 0 ... 1")
    }
}

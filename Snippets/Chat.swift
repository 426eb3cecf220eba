// Asks a model a question, first for the whole answer, then piece by piece.
// Usage: Chat MODEL, where MODEL is a folder, a .gguf file or an id in the local Hugging Face cache.
import Zonda

let model = CommandLine.arguments.dropFirst().first ?? "models/SmolLM2-135M-Instruct.Q4_1.gguf"
let runner = try await Runner(which: .plain(modelID: model).withMaxSeqLen(4096).withMaxBatchSize(2))

let request = ChatCompletionRequest(
    messages: [.user("Explain the importance of GPU acceleration.")], maxTokens: 64)
let response = try await runner.sendChatCompletionRequest(request)
print(response.choices[0].message.content)

for try await chunk in runner.streamChatCompletionRequest(request) {
    print(chunk.choices.first?.delta.content ?? "", terminator: "")
}
print()

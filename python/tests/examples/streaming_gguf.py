# A GGUF file of a repository; an answer piece by piece.
# Prints: .+
from mistralrs import ChatCompletionRequest, Runner, Which

runner = Runner(which=Which.GGUF(
    quantized_model_id="bartowski/SmolLM2-135M-Instruct-GGUF",
    quantized_filename="SmolLM2-135M-Instruct-Q4_1.gguf",
))
pieces = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default", messages=[{"role": "user", "content": "Say hello."}], max_tokens=24, temperature=0.1,
    stream=True,
))
for piece in pieces:
    print(piece.choices[0].delta.content, end="", flush=True)
    if piece.choices[0].finish_reason:
        print()

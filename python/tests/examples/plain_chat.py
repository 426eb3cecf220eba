# A model of the hub by its id and family; one answer.
# Prints: .+\n.*completion_tokens=\d+
from mistralrs import Architecture, ChatCompletionRequest, Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct", arch=Architecture.Llama))
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default",
    messages=[{"role": "user", "content": "Name three colours of the rainbow."}],
    max_tokens=32, presence_penalty=1.0, top_p=0.1, temperature=0.1,
))
print(answer.choices[0].message.content)
print(answer.usage)

# What is wrong raises ValueError.
# Prints: ValueError
from mistralrs import ChatCompletionRequest, Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct"))
try:
    runner.send_chat_completion_request(ChatCompletionRequest(
        model="default", messages=[{"role": "user", "content": "Hi!"}], grammar="[", grammar_type="regexp"))
except ValueError:
    print("ValueError")

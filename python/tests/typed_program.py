"""A program whose types are checked; it is not run."""

from zonda import Architecture, ChatCompletionRequest, CompletionRequest, Runner, TextAutoMapParams, Which

runner = Runner(
    which=Which.Plain(model_id="mistralai/Mistral-7B-Instruct-v0.1", arch=Architecture.Mistral),
    device_map=["0:32"])
res = runner.send_chat_completion_request(
    ChatCompletionRequest(model="default", messages=[{"role": "user", "content": "Hello!"}], max_tokens=256))
print(res.choices[0].message.content, res.usage.avg_tok_per_sec)
request: ChatCompletionRequest = ChatCompletionRequest(messages="Hello")
for chunk in runner.send_chat_completion_request(ChatCompletionRequest(messages="Hi", stream=True, temperature=0.1)):
    print(chunk.choices[0].delta.content)
print(runner.send_completion_request(CompletionRequest(prompt="The")).choices[0].text)
print(runner.logits([1, 2]).shape, runner.embeddings("x").dtype)
for piece in runner.chat("Hi", stream=True):
    print(piece.text)
print(runner.chat("Hi", max_tokens=3).text)
which: Which = Which.GGUF(
    quantized_model_id="a", quantized_filename=["b.gguf"], auto_map_params=TextAutoMapParams(max_seq_len=4096))


async def main() -> None:
    print((await runner.achat("Hi")).text)
    async for chunk in await runner.achat("Hi", stream=True):
        print(chunk.choices[0].delta.content)
    async for chunk in runner.achat_stream("Hi", max_tokens=3):
        print(chunk.text)
    async for text in runner.acomplete_stream("Hi"):
        print(text.text)
    print((await runner.achat(ChatCompletionRequest(messages="Hi"))).text)

# Layers on a device, memory for paged keys and values, and the parameters that memory is planned by.
# Prints: 2048 .+
from mistralrs import ChatCompletionRequest, Runner, TextAutoMapParams, Which

runner = Runner(
    which=Which.Plain(
        model_id="HuggingFaceTB/SmolLM2-135M-Instruct",
        auto_map_params=TextAutoMapParams(max_seq_len=2048, max_batch_size=2)),
    num_device_layers=["500"], pa_gpu_mem=256, pa_blk_size=32,
)
answer = runner.send_chat_completion_request(ChatCompletionRequest(
    model="smol", messages=[{"role": "user", "content": "Hi!"}], max_tokens=8))
print(runner.max_sequence_length(), answer.choices[0].message.content)

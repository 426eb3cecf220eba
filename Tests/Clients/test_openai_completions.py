"""Completions, embeddings and models with the `openai` client."""
from __future__ import annotations

import base64
import math
import struct
from typing import Any

import openai
import pytest

PROMPT = "One, two, three,"
GREEDY: dict[str, Any] = {"model": "smollm2", "prompt": PROMPT, "temperature": 0, "max_tokens": 6}


def _complete(client: openai.OpenAI, **members: Any):
    return client.completions.create(**{**GREEDY, **members})


def test_a_text_goes_on(client: openai.OpenAI) -> None:
    answer = _complete(client)
    assert answer.object == "text_completion" and answer.id.startswith("cmpl-")
    assert answer.choices[0].text.startswith(" four")
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_16_tokens_by_default(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="smollm2", prompt=PROMPT, temperature=0, extra_body={"ignore_eos": True})
    assert answer.usage.completion_tokens == 16


def test_several_prompts(client: openai.OpenAI) -> None:
    answer = _complete(client, prompt=[PROMPT, "The capital of France is"])
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert answer.choices[0].text == _complete(client).choices[0].text
    assert "Paris" in answer.choices[1].text


def test_several_prompts_with_n(client: openai.OpenAI) -> None:
    answer = _complete(client, prompt=[PROMPT, "A"], n=2, max_tokens=2)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert answer.choices[0].text == answer.choices[1].text


def test_tokens_as_a_prompt(client: openai.OpenAI, server) -> None:
    tokens = server.post("/tokenize", {"prompt": PROMPT}).json["tokens"]
    assert _complete(client, prompt=tokens).choices[0].text == _complete(client).choices[0].text
    several = _complete(client, prompt=[tokens, tokens])
    assert len(several.choices) == 2 and several.choices[0].text == several.choices[1].text


def test_echo(client: openai.OpenAI) -> None:
    assert _complete(client, echo=True).choices[0].text == PROMPT + _complete(client).choices[0].text


def test_logprobs(client: openai.OpenAI) -> None:
    choice = _complete(client, logprobs=3, max_tokens=4).choices[0]
    logprobs = choice.logprobs
    assert len(logprobs.tokens) == len(logprobs.token_logprobs) == len(logprobs.top_logprobs) == 4
    assert "".join(logprobs.tokens) == choice.text
    assert all(value <= 0 for value in logprobs.token_logprobs)
    assert all(len(others) <= 3 and max(others.values()) <= 0 for others in logprobs.top_logprobs)
    assert [choice.text[offset:][:1] for offset in logprobs.text_offset] == [t[:1] for t in logprobs.tokens]


def test_echo_with_logprobs_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        _complete(client, echo=True, logprobs=1)
    assert caught.value.param == "echo"


def test_stop(client: openai.OpenAI) -> None:
    answer = _complete(client, stop=[","], max_tokens=12)
    assert answer.choices[0].text == " four" and answer.choices[0].finish_reason == "stop"


def test_a_stream(client: openai.OpenAI) -> None:
    chunks = list(_complete(client, stream=True, stream_options={"include_usage": True}))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0
    pieces = "".join(choice.text for chunk in chunks for choice in chunk.choices)
    assert pieces == _complete(client).choices[0].text


def test_a_stream_of_several_prompts_with_echo(client: openai.OpenAI) -> None:
    texts = ["", ""]
    for chunk in _complete(client, prompt=[PROMPT, "A b c"], stream=True, echo=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    whole = _complete(client, prompt=[PROMPT, "A b c"], echo=True)
    assert texts == [choice.text for choice in whole.choices]


async def test_async(aclient: openai.AsyncOpenAI, client: openai.OpenAI) -> None:
    answer = await aclient.completions.create(**GREEDY)
    assert answer.choices[0].text == _complete(client).choices[0].text


def test_suffix_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        _complete(client, suffix="end")
    assert caught.value.param == "suffix" and caught.value.code == "unsupported_parameter"


def _cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def test_an_embedding(client: openai.OpenAI) -> None:
    # The client asks for base64 and decodes it.
    answer = client.embeddings.create(model="smollm2", input="A cat sat on the mat.")
    [item] = answer.data
    assert len(item.embedding) == 576 and item.index == 0
    assert all(map(math.isfinite, item.embedding)) and any(item.embedding)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0


def test_floats_are_what_base64_holds(server) -> None:
    asked = {"model": "smollm2", "input": "A cat."}
    floats = server.post("/v1/embeddings", {**asked, "encoding_format": "float"}).json["data"][0]["embedding"]
    coded = server.post("/v1/embeddings", {**asked, "encoding_format": "base64"}).json["data"][0]["embedding"]
    data = base64.b64decode(coded)
    decoded = list(struct.unpack(f"<{len(data) // 4}f", data))
    assert [struct.unpack("<f", struct.pack("<f", value))[0] for value in floats] == decoded


def test_embeddings_of_several_texts(client: openai.OpenAI) -> None:
    texts = ["A cat sat on the mat.", "A cat sat on the mat.", "Quarterly revenue fell by 3 %."]
    vectors = [item.embedding for item in client.embeddings.create(model="smollm2", input=texts).data]
    assert _cosine(vectors[0], vectors[1]) > 0.999
    assert _cosine(vectors[0], vectors[2]) < 0.99


def test_embeddings_of_tokens(client: openai.OpenAI, server) -> None:
    tokens = server.post("/tokenize", {"prompt": "A cat."}).json["tokens"]
    a, b = client.embeddings.create(model="smollm2", input=[tokens, tokens]).data
    [c] = client.embeddings.create(model="smollm2", input="A cat.").data
    assert _cosine(a.embedding, b.embedding) > 0.999 and _cosine(a.embedding, c.embedding) > 0.999


def test_embeddings_of_another_length_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="smollm2", input="A cat.", dimensions=64)
    assert caught.value.param == "dimensions"


async def test_async_embeddings(aclient: openai.AsyncOpenAI) -> None:
    answer = await aclient.embeddings.create(model="smollm2", input=["a", "b"], encoding_format="float")
    assert [item.index for item in answer.data] == [0, 1]


def test_models(client: openai.OpenAI) -> None:
    models = list(client.models.list())
    assert models[0].id == "smollm2" and models[0].object == "model" and models[0].created > 0


def test_one_model(client: openai.OpenAI) -> None:
    model = client.models.retrieve("smollm2")
    assert model.id == "smollm2" and model.to_dict()["max_model_len"] == 8192


def test_a_model_that_there_is_not(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("nothing")
    assert "smollm2" in str(caught.value)


async def test_models_async(aclient: openai.AsyncOpenAI) -> None:
    assert "smollm2" in [model.id async for model in aclient.models.list()]

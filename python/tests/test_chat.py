"""Conversations and texts: answers, streams, and what they are made of."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Callable

import pytest

import zonda
from zonda import ChatCompletionRequest, CompletionRequest, EmbeddingRequest

from conftest import ROOT

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


def ask(**fields: object) -> ChatCompletionRequest:
    return ChatCompletionRequest(messages=QUESTION, model="default", temperature=0, max_tokens=24, **fields)


def test_an_answer_has_the_fields_of_mistralrs(runner: zonda.Runner) -> None:
    response = runner.send_chat_completion_request(ask())
    choice = response.choices[0]
    assert "Paris" in choice.message.content
    assert (choice.message.role, choice.index, choice.message.tool_calls) == ("assistant", 0, None)
    assert choice.finish_reason == "stop"
    assert (response.object, response.model) == ("chat.completion", "default")
    usage = response.usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.completion_tokens == len(choice.tokens)
    assert usage.avg_compl_tok_per_sec > 0 and usage.total_time_sec > 0
    assert usage.prompt_tokens_details == {"cached_tokens": usage.cached_tokens}
    assert response.text == choice.message.content


def test_a_stream_is_the_answer_in_pieces_and_its_last_chunk_has_the_usage(runner: zonda.Runner) -> None:
    whole = runner.send_chat_completion_request(ask())
    chunks = list(runner.send_chat_completion_request(ask(stream=True)))
    assert len(chunks) > 3
    assert "".join(chunk.choices[0].delta.content for chunk in chunks) == whole.choices[0].message.content
    assert all(chunk.choices and chunk.object == "chat.completion.chunk" for chunk in chunks)
    assert [chunk.choices[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert [chunk.usage is None for chunk in chunks] == [True] * (len(chunks) - 1) + [False]
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_a_text_alone_is_a_message_of_the_user(runner: zonda.Runner) -> None:
    texts = [runner.chat(messages, temperature=0, max_tokens=8).text
             for messages in (QUESTION[0]["content"], QUESTION)]
    assert texts[0] == texts[1]


def test_several_choices_and_the_end_of_each_in_a_stream(runner: zonda.Runner) -> None:
    request = dict(messages=QUESTION, temperature=1.5, seed=7, max_tokens=12, n_choices=3)
    response = runner.send_chat_completion_request(ChatCompletionRequest(**request))
    assert [choice.index for choice in response.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in response.choices}) > 1
    texts, ends, usages = ["", "", ""], 0, 0
    for chunk in runner.send_chat_completion_request(ChatCompletionRequest(**request, stream=True)):
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content
            ends += choice.finish_reason is not None
        usages += chunk.usage is not None
    assert texts == [choice.message.content for choice in response.choices]
    assert (ends, usages) == (3, 1)


def test_log_probabilities(runner: zonda.Runner) -> None:
    request = dict(logprobs=True, top_logprobs=3)
    choice = runner.send_chat_completion_request(ask(**request)).choices[0]
    content = choice.logprobs.content
    assert [token.token_id for token in content] == choice.tokens
    for token in content:
        assert len(token.top_logprobs) == 3
        # Greedy: the token is the likeliest one.
        assert token.top_logprobs[0].token == token.token_id
        assert token.logprob == token.top_logprobs[0].logprob <= 0
    assert bytes(b for token in content[:-1] for b in token.bytes).decode() == choice.message.content
    streamed = [chunk.choices[0].logprobs for chunk in
                runner.send_chat_completion_request(ask(**request, stream=True))]
    assert [token.token_id for token in streamed if token] == choice.tokens


def test_log_probabilities_are_those_of_the_logits(runner: zonda.Runner) -> None:
    prompt = "The capital of France is"
    response = runner.send_completion_request(CompletionRequest(
        prompt=prompt, temperature=0, max_tokens=1, logprobs=True))
    token = response.choices[0].logprobs.content[0]
    row = runner.logits(prompt, last=1)[0].astype("float64")
    total = math.log(sum(math.exp(value - row.max()) for value in row)) + row.max()
    assert row.argmax() == token.token_id
    assert row[token.token_id] - total == pytest.approx(token.logprob, abs=1e-4)


def test_stops_seeds_and_biases(runner: zonda.Runner) -> None:
    whole = runner.send_chat_completion_request(ask()).text
    stopped = runner.send_chat_completion_request(ask(stop_seqs=["Paris"]))
    assert stopped.text == whole.split("Paris")[0] and stopped.choices[0].finish_reason == "stop"
    seeded = [runner.chat("Tell me a story.", temperature=1.2, max_tokens=16, seed=seed).text for seed in (1, 1, 2)]
    assert seeded[0] == seeded[1] != seeded[2]
    first = runner.send_chat_completion_request(ask(logprobs=True)).choices[0].tokens[0]
    assert runner.send_chat_completion_request(ask(logit_bias={first: -100})).choices[0].tokens[0] != first
    long = runner.send_chat_completion_request(
        ChatCompletionRequest(messages=QUESTION, temperature=0, max_tokens=40, ignore_eos=True))
    assert long.usage.completion_tokens == 40 and long.choices[0].finish_reason == "length"


def test_a_text_goes_on(runner: zonda.Runner) -> None:
    request = dict(prompt="One two three four", temperature=0, max_tokens=8)
    response = runner.send_completion_request(CompletionRequest(**request))
    assert response.object == "text_completion" and response.usage.completion_tokens == 8
    tokens = CompletionRequest(**{**request, "prompt": runner.tokenize_text("One two three four")})
    assert runner.send_completion_request(tokens).choices[0].text == response.choices[0].text
    echoed = runner.send_completion_request(CompletionRequest(**request, echo_prompt=True))
    assert echoed.choices[0].text == "One two three four" + response.choices[0].text
    streamed = list(runner.send_completion_request(CompletionRequest(**request, stream=True)))
    assert "".join(chunk.choices[0].text for chunk in streamed) == response.choices[0].text
    assert streamed[-1].usage.completion_tokens == response.usage.completion_tokens


def test_a_prompt_that_is_too_long(runner: zonda.Runner) -> None:
    tokens = [100] * 700
    with pytest.raises(zonda.ContextExceededError) as caught:
        runner.send_completion_request(CompletionRequest(prompt=tokens))
    assert caught.value.facts["prompt"] == "700" and caught.value.remedy
    response = runner.send_completion_request(
        CompletionRequest(prompt=tokens, truncate_sequence=True, max_tokens=4))
    assert response.usage.prompt_tokens == runner.info.max_seq_len - 4


def test_tokens_and_texts(runner: zonda.Runner) -> None:
    text = "Grüße, 世界! 🙂"
    tokens = runner.tokenize_text(text, add_special_tokens=False, enable_thinking=None)
    assert runner.detokenize_text(tokens, skip_special_tokens=True) == text
    assert runner.max_sequence_length() == 512
    with pytest.raises(zonda.InvalidRequestError):
        runner.tokenize_text("x", model_id="another")


def test_responses_as_dictionaries_and_json(runner: zonda.Runner) -> None:
    response = runner.send_chat_completion_request(ask())
    value = response.model_dump()
    assert value == response.to_dict() == json.loads(response.to_json())
    assert value["choices"][0]["message"]["content"] == response.text
    assert repr(response).startswith("ChatCompletionResponse(id='chatcmpl-")
    assert f"completion_tokens={response.usage.completion_tokens}" in repr(response.usage)


def test_vectors_as_mistralrs_has_them(runner: zonda.Runner) -> None:
    vectors = runner.send_embedding_request(EmbeddingRequest(input=["one", "another"], truncate_sequence=True))
    assert [type(vector) for vector in vectors] == [list, list]
    assert vectors == runner.embeddings(["one", "another"]).tolist()


def test_one_model_has_one_name(runner: zonda.Runner, model: str) -> None:
    assert runner.list_models() == [model]
    assert runner.get_default_model_id() == model
    assert runner.list_models_with_status() == [(model, "loaded")]
    assert runner.get_model_status("another") is None
    assert runner.send_chat_completion_request(ask(), model_id=model).text
    with pytest.raises(ValueError, match="no model 'another'"):
        runner.send_chat_completion_request(ask(), model_id="another")


def test_a_template_in_place_of_the_models_own(load: Callable[..., zonda.Runner], tmp_path: Path) -> None:
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    (tmp_path / "own.jinja").write_text(template)
    for argument in ({"chat_template": template}, {"jinja_explicit": str(tmp_path / "own.jinja")}):
        with load(**argument) as runner:
            usage = runner.chat("One two three", max_tokens=1).usage
            assert usage.prompt_tokens == len(runner.tokenize_text("One two three"))


def test_the_seed_of_a_runner(load: Callable[..., zonda.Runner]) -> None:
    with load(seed=3) as runner:
        def ask(**fields: Any) -> str:
            return runner.chat("Tell me a story.", temperature=1.5, max_tokens=16, **fields).text
        assert ask() == ask() == ask(seed=3) != ask(seed=4)


def test_a_tokenizer_in_place_of_the_models_own(runner: zonda.Runner, model: str) -> None:
    path = str(ROOT / "Tests/Golden/tokenizers/gpt2/tokenizer.json")
    which = zonda.Which.Plain(model_id=model, tokenizer_json=path)
    with zonda.Runner(which=which, max_seq_len=64, max_batch_size=1, device="cpu") as other:
        tokens = other.tokenize_text("Hello world", add_special_tokens=False)
        assert other.detokenize_text(tokens) == "Hello world"
        assert tokens != runner.tokenize_text("Hello world", add_special_tokens=False)
    with pytest.raises(zonda.ZondaError):
        zonda.Runner(which=zonda.Which.Plain(model_id=model, tokenizer_json="/no/such/tokenizer.json"))

"""Chats with the `openai` client: what comes back, and what each member of a request does."""
from __future__ import annotations

import asyncio
import math
import time

import openai
import pytest

from asking import GREEDY, QUESTION, ask, text


def test_an_answer_has_every_member_of_the_type(client: openai.OpenAI) -> None:
    answer = ask(client)
    assert answer.object == "chat.completion"
    assert answer.id.startswith("chatcmpl-")
    assert answer.model == "smollm2"
    assert abs(answer.created - time.time()) < 120
    assert answer.system_fingerprint
    [choice] = answer.choices
    assert (choice.index, choice.message.role) == (0, "assistant")
    assert choice.finish_reason in ("stop", "length")
    assert choice.message.content and choice.message.refusal is None and choice.message.tool_calls is None
    assert choice.logprobs is None


def test_usage_adds_up(client: openai.OpenAI) -> None:
    usage = ask(client, max_tokens=7, extra_body={"ignore_eos": True}).usage
    assert usage is not None
    assert usage.completion_tokens == 7
    assert usage.prompt_tokens > 5
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_a_repeated_prompt_is_told_as_cached(client: openai.OpenAI) -> None:
    question = [{"role": "user", "content": "The sea is wide and deep. " * 40}]
    ask(client, messages=question, max_tokens=1)
    usage = ask(client, messages=question, max_tokens=1).usage
    assert usage is not None and usage.prompt_tokens_details is not None
    cached = usage.prompt_tokens_details.cached_tokens
    assert cached is not None and usage.prompt_tokens * 0.5 < cached < usage.prompt_tokens


def test_temperature_0_repeats_itself(client: openai.OpenAI) -> None:
    assert text(ask(client)) == text(ask(client))


def test_equal_seeds_give_equal_answers(client: openai.OpenAI) -> None:
    def story(seed: int) -> str:
        question = [{"role": "user", "content": "Tell me a story."}]
        return text(ask(client, messages=question, temperature=1.5, seed=seed, max_tokens=16))

    assert story(7) == story(7)
    assert len({story(seed) for seed in range(1, 5)}) > 1


def test_max_tokens_ends_an_answer(client: openai.OpenAI) -> None:
    answer = ask(client, max_tokens=3, extra_body={"ignore_eos": True})
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage and answer.usage.completion_tokens == 3


def test_max_completion_tokens_is_the_newer_name(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="smollm2", messages=QUESTION, max_completion_tokens=2, extra_body={"ignore_eos": True})
    assert answer.usage and answer.usage.completion_tokens == 2


@pytest.mark.parametrize("stop", [" name", ["zebra", " name"]], ids=["a string", "a list"])
def test_an_answer_ends_before_a_stop_string(client: openai.OpenAI, stop: object) -> None:
    answer = ask(client, stop=stop, extra_body={"guided_regex": "Hello, my name is Ada\\."})
    assert text(answer) == "Hello, my"
    assert answer.choices[0].finish_reason == "stop"


def test_n_choices(client: openai.OpenAI) -> None:
    answer = ask(client, n=3, temperature=1.2, seed=5, max_tokens=8)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1
    assert answer.usage and answer.usage.completion_tokens <= 3 * 8


def test_greedy_choices_are_equal(client: openai.OpenAI) -> None:
    answer = ask(client, n=2)
    assert answer.choices[0].message.content == answer.choices[1].message.content == text(ask(client))


def test_bytes_of_tokens_that_are_parts_of_characters(client: openai.OpenAI) -> None:
    answer = ask(client, logprobs=True, max_tokens=40, extra_body={"guided_choice": ["né 🦉 ꙮ"]})
    tokens = answer.choices[0].logprobs.content
    assert b"".join(bytes(token.bytes) for token in tokens).decode().startswith(text(answer))
    assert any("\ufffd" in token.token for token in tokens)


def test_usage_tells_thoughts_apart(client: openai.OpenAI) -> None:
    """The model does not think."""
    assert ask(client).usage.completion_tokens_details.reasoning_tokens == 0


def test_logprobs_of_each_token(client: openai.OpenAI) -> None:
    answer = ask(client, logprobs=True, top_logprobs=4, max_tokens=5)
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None and logprobs.content
    for token in logprobs.content:
        assert token.logprob <= 0
        assert len(token.top_logprobs) == 4
        ranked = [other.logprob for other in token.top_logprobs]
        assert ranked == sorted(ranked, reverse=True)
        # Greedy: the token is the likeliest one.
        assert token.token == token.top_logprobs[0].token
        assert math.isclose(token.logprob, ranked[0], abs_tol=1e-5)
        assert bytes(token.bytes).decode(errors="replace") == token.token
        assert sum(map(math.exp, ranked)) <= 1.0001
    assert "".join(token.token for token in logprobs.content) == text(answer)


def test_logprobs_without_alternatives(client: openai.OpenAI) -> None:
    logprobs = ask(client, logprobs=True, max_tokens=2).choices[0].logprobs
    assert logprobs is not None and logprobs.content
    assert all(token.top_logprobs == [] for token in logprobs.content)


def _tokens(server, words: str) -> list[int]:
    return server.post("/tokenize", {"content": words}).json["tokens"]


def test_logit_bias_bans_a_token(client: openai.OpenAI, server) -> None:
    first = ask(client, logprobs=True, top_logprobs=2, max_tokens=1).choices[0].logprobs.content[0]
    [token] = _tokens(server, first.token)
    banned = ask(client, logit_bias={str(token): -100}, max_tokens=1)
    assert text(banned) != first.token
    assert text(banned) == first.top_logprobs[1].token


def test_logit_bias_forces_a_token(client: openai.OpenAI, server) -> None:
    [token] = _tokens(server, " yes")
    assert text(ask(client, logit_bias={str(token): 100}, max_tokens=3)) == " yes yes yes"


def test_a_presence_penalty_changes_what_repeats(client: openai.OpenAI, server) -> None:
    [token] = _tokens(server, " yes")
    bias = {str(token): 12}
    tame = text(ask(client, logit_bias=bias, max_tokens=12))
    penalized = text(ask(client, logit_bias=bias, max_tokens=12, frequency_penalty=2, presence_penalty=2))
    assert tame.count(" yes") > penalized.count(" yes")


def test_top_p_0_takes_the_likeliest_token(client: openai.OpenAI) -> None:
    assert text(ask(client, temperature=2, top_p=0, max_tokens=6)) == text(ask(client, max_tokens=6))


def test_extra_body_has_top_k_and_min_p(client: openai.OpenAI) -> None:
    greedy = text(ask(client, max_tokens=6))
    assert text(ask(client, temperature=2, max_tokens=6, extra_body={"top_k": 1})) == greedy
    assert text(ask(client, temperature=2, max_tokens=6, extra_body={"min_p": 1.0})) == greedy


def test_a_developer_is_the_system(client: openai.OpenAI) -> None:
    def answer(role: str):
        return ask(client, messages=[{"role": role, "content": "You speak like a pirate."}, *QUESTION])

    developer, system = answer("developer"), answer("system")
    assert text(developer) == text(system)
    assert developer.usage.prompt_tokens == system.usage.prompt_tokens


def test_text_parts_are_text(client: openai.OpenAI) -> None:
    parts = [{"type": "text", "text": "Say"}, {"type": "text", "text": "hello."}]
    joined = ask(client, messages=[{"role": "user", "content": parts}])
    assert text(joined) == text(ask(client, messages=[{"role": "user", "content": "Say\nhello."}]))


def test_a_conversation_of_several_turns(client: openai.OpenAI) -> None:
    turns = [
        {"role": "system", "content": "Answer briefly."}, {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "And again?"},
    ]
    answer = ask(client, messages=turns)
    assert answer.usage.prompt_tokens > ask(client, messages=turns[:2]).usage.prompt_tokens


def test_an_answer_goes_on_from_the_last_message(client: openai.OpenAI) -> None:
    whole = text(ask(client))
    begun = " ".join(whole.split(" ")[:3])
    answer = ask(client, messages=[*QUESTION, {"role": "assistant", "content": begun}],
                 extra_body={"continue_final_message": True})
    assert (begun + text(answer)).startswith(whole)


def test_unicode_comes_back_whole(client: openai.OpenAI) -> None:
    wanted = "Grüße 👋🏽 日本 🏳️‍🌈"
    answer = ask(client, max_tokens=60, extra_body={"guided_choice": [wanted]})
    assert text(answer) == wanted


def test_members_for_the_service_are_passed_over(client: openai.OpenAI) -> None:
    answer = ask(client, user="u-1", store=False, metadata={"a": "b"}, service_tier="auto",
                 safety_identifier="x", prompt_cache_key="k")
    assert text(answer) == text(ask(client))


def test_the_raw_response_has_headers(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(**GREEDY)
    assert raw.headers["content-type"].startswith("application/json")
    assert raw.parse().choices[0].message.content


def test_the_first_model_is_the_default(client: openai.OpenAI) -> None:
    assert ask(client, model="default").model == "smollm2"


async def test_an_async_answer(aclient: openai.AsyncOpenAI, client: openai.OpenAI) -> None:
    answer = await aclient.chat.completions.create(**GREEDY)
    assert answer.choices[0].message.content == text(ask(client))


async def test_16_at_once_are_what_each_is_alone(aclient: openai.AsyncOpenAI) -> None:
    async def one(number: int) -> str:
        question = [{"role": "user", "content": f"Count on from {number}."}]
        answer = await aclient.chat.completions.create(**{**GREEDY, "messages": question})
        return answer.choices[0].message.content or ""

    together = await asyncio.gather(*map(one, range(16)))
    alone = [await one(number) for number in range(16)]
    assert list(together) == alone

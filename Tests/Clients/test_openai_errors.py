"""Errors as the `openai` client's exceptions, each with what was wrong and what to do."""
from __future__ import annotations

import time
from typing import Any

import openai
import pytest

from asking import GREEDY, QUESTION, ask
from conftest import KEY


def _refused(client: openai.OpenAI, **members: Any) -> openai.BadRequestError:
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, **members)
    assert caught.value.status_code == 400 and caught.value.type == "invalid_request_error"
    return caught.value


@pytest.mark.parametrize("member, value", [
    ("temperature", -1), ("temperature", "hot"), ("top_p", 1.5), ("n", 0), ("n", 1.5), ("max_tokens", 0),
    ("top_logprobs", 21), ("frequency_penalty", 3), ("presence_penalty", -3), ("stop", ""), ("seed", "x"),
    ("stream", "yes"), ("logit_bias", {"a": 1}), ("logit_bias", {"1": 101}), ("messages", []),
    ("response_format", {"type": "xml"}), ("tool_choice", "sometimes"),
])
def test_a_value_out_of_its_range(client: openai.OpenAI, member: str, value: Any) -> None:
    if member == "top_logprobs":
        error = _refused(client, top_logprobs=value, logprobs=True)
    else:
        error = _refused(client, extra_body={member: value})
    assert error.param is not None and error.param.split(".")[0].split("[")[0] == member
    assert "(" in error.message, "the message has a remedy"


def test_a_member_that_there_is_not(client: openai.OpenAI) -> None:
    error = _refused(client, extra_body={"temprature": 1})
    assert (error.param, error.code) == ("temprature", "unknown_parameter")


@pytest.mark.parametrize("member, value", [
    ("functions", [{"name": "f"}]), ("function_call", "auto"), ("audio", {"voice": "a", "format": "wav"}),
    ("web_search_options", {}), ("moderation", {"model": "m"}),
])
def test_what_is_not_supported(client: openai.OpenAI, member: str, value: Any) -> None:
    error = _refused(client, **{member: value})
    assert (error.param, error.code) == (member, "unsupported_parameter")


def test_top_logprobs_need_logprobs(client: openai.OpenAI) -> None:
    assert _refused(client, top_logprobs=2).param == "top_logprobs"


def test_stream_options_need_a_stream(client: openai.OpenAI) -> None:
    assert _refused(client, stream_options={"include_usage": True}).param == "stream_options"


@pytest.mark.parametrize("part", [
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
    {"type": "file", "file": {"file_id": "f"}},
], ids=lambda part: part["type"])
def test_images_audio_and_files_are_refused(client: openai.OpenAI, part: dict[str, Any]) -> None:
    error = _refused(client, messages=[{"role": "user", "content": [part]}])
    assert error.param == "messages[0].content[0].type" or error.param == "messages[0].content"
    assert "text" in error.message


def test_a_role_that_there_is_not(client: openai.OpenAI) -> None:
    assert _refused(client, messages=[{"role": "wizard", "content": "x"}]).param == "messages[0].role"


def test_a_message_without_content(client: openai.OpenAI) -> None:
    error = _refused(client, messages=[{"role": "user"}])
    assert (error.param, error.code) == ("messages[0].content", "missing_required_parameter")


def test_a_prompt_over_the_context(client: openai.OpenAI) -> None:
    error = _refused(client, messages=[{"role": "user", "content": "word " * 20_000}])
    assert error.code == "context_length_exceeded" and "8192" in error.message


def test_a_model_that_there_is_not(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        ask(client, model="gpt-9")
    assert caught.value.code == "model_not_found" and "smollm2" in caught.value.message


def test_a_path_that_there_is_not(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.images.generate(prompt="a cat")


def test_a_timeout_of_the_client(server) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0, timeout=0.3) as client:
        with pytest.raises(openai.APITimeoutError):
            ask(client, max_tokens=4000, extra_body={"ignore_eos": True})
    server.wait_until_idle()


def test_a_wrong_key(guarded) -> None:
    with openai.OpenAI(base_url=f"{guarded.url}/v1", api_key="wrong", max_retries=0) as client:
        with pytest.raises(openai.AuthenticationError) as caught:
            ask(client)
    assert caught.value.code == "invalid_api_key" and "wrong" not in caught.value.message


def test_the_right_key(guarded) -> None:
    with openai.OpenAI(base_url=f"{guarded.url}/v1", api_key=KEY, max_retries=0) as client:
        assert ask(client).choices[0].message.content


def test_a_request_that_is_too_large(guarded) -> None:
    with openai.OpenAI(base_url=f"{guarded.url}/v1", api_key=KEY, max_retries=0) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            ask(client, messages=[{"role": "user", "content": "x" * 1_100_000}])
    assert caught.value.status_code == 413


def _busy(client: openai.OpenAI):
    """A stream that goes on, on a server that takes one."""
    stream = client.chat.completions.create(
        **{**GREEDY, "max_tokens": 4000}, stream=True, extra_body={"ignore_eos": True})
    next(iter(stream))
    return stream


def test_too_many_streams(guarded) -> None:
    with openai.OpenAI(base_url=f"{guarded.url}/v1", api_key=KEY, max_retries=0) as client:
        stream = _busy(client)
        with pytest.raises(openai.InternalServerError) as caught:
            client.chat.completions.create(model="smollm2", messages=QUESTION, stream=True)
        assert caught.value.status_code == 503
        assert int(caught.value.response.headers["retry-after"]) > 0
        stream.close()


def test_the_client_waits_as_long_as_it_is_told(guarded) -> None:
    import threading

    with openai.OpenAI(base_url=f"{guarded.url}/v1", api_key=KEY, max_retries=3) as client:
        stream = _busy(client)
        threading.Timer(0.3, stream.close).start()
        start = time.monotonic()
        pieces = list(client.chat.completions.create(**{**GREEDY, "max_tokens": 2}, stream=True))
        assert pieces
        assert time.monotonic() - start >= 1, "it came again before Retry-After"

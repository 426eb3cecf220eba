"""Exceptions, and the library that they come from."""

from __future__ import annotations

import copy
import ctypes.util
import pickle
from pathlib import Path
from typing import Callable

import pytest

import zonda
from zonda import ChatCompletionRequest, CompletionRequest, Which, _library, errors


def test_every_exception_is_a_value_error_and_some_are_more() -> None:
    for kind in set(errors._CLASSES.values()):
        assert issubclass(kind, zonda.ZondaError) and issubclass(kind, ValueError)
    assert issubclass(zonda.ModelNotFoundError, FileNotFoundError)
    assert issubclass(zonda.OutOfMemoryError, MemoryError)
    assert issubclass(zonda.UnsupportedError, NotImplementedError)
    assert issubclass(zonda.ContextExceededError, zonda.InvalidRequestError)


@pytest.mark.parametrize("code, kind", sorted(errors._CLASSES.items()))
def test_an_error_of_the_library_becomes_its_exception(code: str, kind: type) -> None:
    error = errors.from_json({"code": code, "message": "no", "remedy": "yes", "facts": {"needed": "3"}})
    assert type(error) is kind
    assert (error.code, error.message, error.remedy, error.facts) == (code, "no", "yes", {"needed": "3"})
    assert str(error) == "no (yes)"
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.facts, str(again)) == (kind, code, {"needed": "3"}, "no (yes)")


def test_a_code_of_a_newer_library_is_still_an_error() -> None:
    error = errors.from_json({"code": "brandNew", "message": "no"})
    assert type(error) is zonda.ZondaError and error.code == "brandNew" and error.remedy is None


def test_a_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for which in (Which.Plain(model_id="/no/such/folder"), Which.Plain(model_id="nobody/nothing"),
                  Which.GGUF(quantized_model_id="nobody/nothing", quantized_filename="x.gguf")):
        with pytest.raises(FileNotFoundError) as caught:
            zonda.Runner(which=which)
        assert caught.value.code == "notFound" and caught.value.remedy


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + b"\xff" * 64)
    with pytest.raises(zonda.ModelFileError) as caught:
        zonda.Runner(which=Which.Plain(model_id=str(path)))
    assert str(path) in caught.value.message


def test_a_family_that_zonda_lacks(model: str) -> None:
    with pytest.raises(zonda.UnsupportedError, match="deepseekv3"):
        zonda.Runner(which=Which.Plain(model_id=model, arch=zonda.Architecture.DeepseekV3))


@pytest.mark.parametrize("fields", [
    {"temperature": -1}, {"top_p": 2}, {"n_choices": 0}, {"max_tokens": 0}, {"logit_bias": {1: 1000}},
    {"top_logprobs": 3}, {"messages": []}, {"messages": [{"role": "nobody", "content": "x"}]},
    {"tool_choice": "required"},
])
def test_a_request_with_a_wrong_value(runner: zonda.Runner, fields: "dict[str, object]") -> None:
    with pytest.raises(zonda.InvalidRequestError) as caught:
        runner.send_chat_completion_request(ChatCompletionRequest(**{"messages": "Hello!", **fields}))
    assert caught.value.remedy


@pytest.mark.parametrize("fields, match", [
    ({"temperature": float("nan")}, "temperature is nan"),
    ({"chat_template_kwargs": {"a": [0, {1}]}}, r"chat_template_kwargs.a\[1\] is {1}"),
    ({"messages": [{"role": "user", "content": b"x"}]}, r"messages\[0\].content is b'x'"),
    ({"logit_bias": [(1, 2)]}, "logit_bias is"), ({"stop_token_ids": 5}, "stop_token_ids is"),
    ({"response_format": "json"}, "response_format is"), ({"tool_schemas": "{}"}, "tools is"),
    ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [None]}]}, "tool_calls"),
])
def test_a_value_of_a_wrong_kind(runner: zonda.Runner, fields: "dict[str, object]", match: str) -> None:
    with pytest.raises(zonda.InvalidRequestError, match=match) as caught:
        runner.send_chat_completion_request(ChatCompletionRequest(**{"messages": "Hello!", **fields}))
    assert caught.value.remedy


def test_a_value_that_goes_round(runner: zonda.Runner) -> None:
    values: "dict[str, object]" = {}
    values["a"] = values
    with pytest.raises(zonda.InvalidRequestError):
        runner.chat("Hello!", chat_template_kwargs=values)


@pytest.mark.parametrize("call", [
    lambda runner: runner.send_chat_completion_request("Hello!"),
    lambda runner: runner.send_chat_completion_request(CompletionRequest(prompt="x")),
    lambda runner: runner.send_completion_request(ChatCompletionRequest(messages="x")),
    lambda runner: runner.send_completion_request(CompletionRequest(prompt=b"x")),
    lambda runner: runner.send_completion_request(CompletionRequest(prompt=None)),
    lambda runner: runner.send_embedding_request("x"),
    lambda runner: runner.embeddings(None), lambda runner: runner.embeddings(5), lambda runner: runner.embeddings(b"x"),
    lambda runner: runner.embeddings([[1.5]]), lambda runner: runner.logits([0.5]), lambda runner: runner.logits(None),
    lambda runner: runner.detokenize_text("abc"), lambda runner: runner.detokenize_text(5),
    lambda runner: runner.detokenize_text([1.5]),
])
def test_calls_with_what_they_are_not_for(runner: zonda.Runner, call: "Callable[[zonda.Runner], object]") -> None:
    with pytest.raises(zonda.InvalidRequestError) as caught:
        call(runner)
    assert caught.value.remedy


@pytest.mark.parametrize("callbacks", [[1], "f", {"f": 5}])
def test_callbacks_that_are_none(model: str, callbacks: object) -> None:
    with pytest.raises(zonda.InvalidRequestError, match="tool_callbacks"):
        zonda.Runner(which=Which.Plain(model_id=model), tool_callbacks=callbacks)  # type: ignore[arg-type]


def test_a_runner_stays_in_its_process(runner: zonda.Runner) -> None:
    for copies in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="make one there"):
            copies(runner)


def test_a_template_that_can_not_be_read(load: Callable[..., zonda.Runner]) -> None:
    with pytest.raises(zonda.TemplateError):
        load(chat_template="{% if %}")


def test_handles_that_name_nothing(runner: zonda.Runner) -> None:
    library = runner._model.library
    with pytest.raises(zonda.InvalidRequestError, match="there is no runner 987654321"):
        library.call("tokenize", 987654321, {"text": "x"})
    with pytest.raises(zonda.InvalidRequestError, match="there is no request"):
        library.next(987654321, 10)
    library.free_request(987654321)
    library.cancel_request(-5)
    library.free_runner(0)
    library.free_floats(2**62)
    assert library.floats_address(2**62) == 0


@pytest.mark.parametrize("body", [None, 5, {"nonsense": 1}, {"text": 5}, {"text": None}])
def test_calls_that_make_no_sense(runner: zonda.Runner, body: object) -> None:
    with pytest.raises(zonda.InvalidRequestError):
        runner._model.library.call("tokenize", runner._model.handle(), body)
    with pytest.raises(zonda.InvalidRequestError, match="no method"):
        runner._model.library.call("explode", runner._model.handle(), body)


def test_a_library_of_another_version_is_refused(runner: zonda.Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "INTERFACE_VERSION", 999)
    with pytest.raises(zonda.LibraryError, match="has version 1 of the interface, these Python files need 999"):
        _library.Library(runner._model.library.path)


def test_a_library_of_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(zonda.LibraryError, match="it has no function zonda_"):
        _library.Library(Path(ctypes.util.find_library("c") or "libc.so.6"))
    (tmp_path / "x.so").write_text("no library")
    with pytest.raises(ImportError, match="can't be loaded"):
        _library.Library(tmp_path / "x.so")
    monkeypatch.setenv("ZONDA_LIBRARY", str(tmp_path / "missing.so"))
    with pytest.raises(zonda.LibraryError, match="is not at"):
        _library._path()

"""Beginnings and ends: cancelling, closing, interrupting, forking."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Callable

import pytest

import zonda
from zonda import ChatCompletionRequest

from conftest import ROOT

Handles = Callable[[], "dict[str, int]"]


def endless(stream: bool = True, **fields: object) -> ChatCompletionRequest:
    return ChatCompletionRequest(
        messages="Tell me a story.", temperature=0, max_tokens=400, ignore_eos=True, stream=stream, **fields)


def test_closing_or_dropping_a_stream_ends_its_request(runner: zonda.Runner, handles: Handles) -> None:
    assert handles()["requests"] == 0
    stream = runner.send_chat_completion_request(endless())
    next(stream)
    assert handles()["requests"] == 1
    stream.close()
    stream.close()
    assert handles()["requests"] == 0 and list(stream) == []

    with runner.send_chat_completion_request(endless()) as stream:
        next(stream)
    assert handles()["requests"] == 0

    for chunk in runner.send_chat_completion_request(endless()):
        break
    gc.collect()
    assert handles()["requests"] == 0

    stream = runner.send_chat_completion_request(endless())  # nobody ever looks at it
    del stream
    gc.collect()
    assert handles()["requests"] == 0


def test_a_stream_that_another_thread_closes(runner: zonda.Runner) -> None:
    stream = runner.send_chat_completion_request(endless())
    next(stream)
    threading.Timer(0.2, stream.close).start()
    chunks = 0
    try:
        for chunk in stream:
            chunks += 1
    except zonda.RequestCancelledError:
        pass
    assert chunks < 350


def test_a_closed_runner_ends_its_requests_and_refuses_new_ones(load: Callable[..., zonda.Runner]) -> None:
    runner = load()
    errors = []

    def ask() -> None:
        try:
            runner.send_chat_completion_request(endless(stream=False))
        except zonda.ZondaError as error:
            errors.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    runner.close()
    thread.join(20)
    assert [error.code for error in errors] == ["cancelled"]
    with pytest.raises(zonda.InvalidRequestError, match="is closed"):
        runner.chat("Hello!")
    assert "closed" in repr(runner) and runner.list_models() == []


def memory() -> int:
    """Bytes of the process that are in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_leaving_the_block_frees_the_model(load: Callable[..., zonda.Runner], handles: Handles) -> None:
    before = handles()["runners"]
    with load() as runner:
        runner.chat("Hello!", max_tokens=2)
        assert handles()["runners"] == before + 1
        loaded = memory()
    assert handles()["runners"] == before
    # What is mapped by itself goes back to the system, 49 MB here; malloc keeps the smaller weights' memory for later.
    for _ in range(100):  # the engine's thread lets go of the weights by itself
        if memory() < loaded - 40e6:
            break
        time.sleep(0.1)
    assert memory() < loaded - 40e6


def test_a_model_is_unloaded_and_comes_back(load: Callable[..., zonda.Runner], model: str) -> None:
    with load() as runner:
        runner.unload_model(model)
        assert runner.list_unloaded_models() == [model] and not runner.is_model_loaded(model)
        assert [runner.get_model_status(name) for name in (model, "default", "x")] == ["unloaded", "unloaded", None]
        assert runner.chat("Hello!", max_tokens=2).text is not None
        assert runner.is_model_loaded(model)


def run(script: str, **options: object) -> "subprocess.Popen[str]":
    # What a shell starts in the background has SIGINT ignored, and so would its children.
    def attend_to_interrupts() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=attend_to_interrupts, **options)


@pytest.mark.parametrize("call", [
    "runner.send_chat_completion_request(request)",
    "[None for chunk in runner.chat('Hi', stream=True, max_tokens=1900, ignore_eos=True)]",
    "runner.logits([7] * 1900)",
])
def test_ctrl_c_ends_a_call_and_its_request(model: str, call: str) -> None:
    process = run(f"""
        import time, zonda
        from zonda import ChatCompletionRequest
        runner = zonda.Runner(which=zonda.Which.Plain(model_id={model!r}), max_seq_len=2048, device="cpu")
        request = ChatCompletionRequest(messages="Hi", max_tokens=1900, ignore_eos=True)
        print("begun", flush=True)
        try:
            {call}
        except KeyboardInterrupt:
            print("interrupted", runner._model.library.call("handles")["requests"])
            print(repr(runner.chat("Hello!", max_tokens=2).text))
        """)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=30)
    assert out.splitlines()[0] == "interrupted 0", out + error
    assert process.returncode == 0, error


def test_a_program_may_end_in_the_middle_of_a_stream(model: str) -> None:
    process = run(f"""
        import threading, zonda
        runner = zonda.Runner(which=zonda.Which.Plain(model_id={model!r}), max_seq_len=2048, device="cpu")
        stream = runner.chat("Hi", stream=True, max_tokens=1900, ignore_eos=True)
        threading.Thread(target=lambda: runner.chat("Hi", max_tokens=1900, ignore_eos=True), daemon=True).start()
        for _ in range(5):
            next(stream)
        print("done")
        """)
    out, error = process.communicate(timeout=30)
    assert (out, process.returncode) == ("done\n", 0), error


def test_a_child_of_fork_hears_why_it_can_not_go_on(runner: zonda.Runner) -> None:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe()

    def child() -> None:
        for call in (lambda: runner.chat("Hello!"), lambda: runner.tokenize_text("x"), runner.close):
            try:
                sender.send(repr(call()))
            except zonda.ForkedProcessError as error:
                sender.send(error)

    process = context.Process(target=child)
    process.start()
    process.join(20)
    assert process.exitcode == 0
    errors = [receiver.recv() for _ in range(2)]
    assert all(isinstance(error, zonda.ForkedProcessError) and "spawn" in error.remedy for error in errors)
    assert str(os.getpid()) in errors[0].message
    assert receiver.recv() == "None"  # closing is harmless there
    assert runner.chat("Hello!", max_tokens=2).text is not None

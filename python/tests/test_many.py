"""Many threads and tasks at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

import pytest

import zonda
from zonda import ChatCompletionRequest

QUESTIONS = [f"What is {number} plus {number}?" for number in range(2, 14)]


def ask(question: str, **fields: object) -> ChatCompletionRequest:
    return ChatCompletionRequest(messages=question, temperature=0, max_tokens=16, **fields)


@pytest.fixture(scope="module")
def alone(runner: zonda.Runner) -> "dict[str, str]":
    """What each question is answered when nothing else runs."""
    return {question: runner.send_chat_completion_request(ask(question)).text for question in QUESTIONS}


def test_threads_get_what_they_would_get_alone(runner: zonda.Runner, alone: "dict[str, str]") -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda question: runner.send_chat_completion_request(ask(question)).text, QUESTIONS))
    assert answers == [alone[question] for question in QUESTIONS]


def test_threads_run_together(runner: zonda.Runner) -> None:
    """Two streams make progress in turn: neither waits for the other's end."""
    order = []

    def read(name: str) -> None:
        for _ in runner.chat("Tell me a story.", stream=True, max_tokens=60, ignore_eos=True):
            order.append(name)

    threads = [threading.Thread(target=read, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    changes = sum(one != other for one, other in zip(order, order[1:]))
    assert changes > 10


def test_the_gil_is_free_while_the_engine_works(runner: zonda.Runner) -> None:
    """A thread of Python counts on during one call that stays in the library until its end."""
    counts = [0]
    is_over = threading.Event()

    def count() -> None:
        while not is_over.is_set():
            counts[0] += 1

    thread = threading.Thread(target=count)
    request = runner._model.start("logits", {"tokens": [100] * 500})
    thread.start()
    before = counts[0]
    status, event = runner._model.library.next(request._handle, 60000)
    during = counts[0] - before
    is_over.set()
    thread.join()
    assert status == 1 and event["shape"][0] == 500
    # With the GIL held it could not have counted at all.
    assert during > 10000
    runner._array(event)


def test_a_stream_that_another_task_closes(runner: zonda.Runner) -> None:
    """The library closes its descriptor before the loop looks at it again."""
    async def main() -> int:
        stream = runner.achat_stream("Tell me a story.", max_tokens=400, ignore_eos=True)
        before = len(os.listdir("/proc/self/fd"))

        async def read() -> None:
            with contextlib.suppress(zonda.RequestCancelledError):
                async for _ in stream:
                    pass

        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.05)
        stream.close()
        for _ in range(1000):
            if runner._model.library.call("handles")["requests"] == 0:
                break
            time.sleep(0.01)
        time.sleep(0.2)
        await asyncio.wait_for(task, 60)
        return len(os.listdir("/proc/self/fd")) - before

    assert asyncio.run(main()) <= 0


def test_tasks_get_what_they_would_get_alone(runner: zonda.Runner, alone: "dict[str, str]") -> None:
    async def main() -> "list[str]":
        return [response.text for response in await asyncio.gather(
            *(runner.achat(ask(question)) for question in QUESTIONS))]

    assert asyncio.run(main()) == [alone[question] for question in QUESTIONS]


def test_async_streams(runner: zonda.Runner, alone: "dict[str, str]") -> None:
    question = QUESTIONS[0]

    async def main() -> None:
        assert (await runner.achat(question, temperature=0, max_tokens=16)).text == alone[question]
        parts = [chunk async for chunk in await runner.achat(question, stream=True, temperature=0, max_tokens=16)]
        assert "".join(chunk.text for chunk in parts) == alone[question]
        assert parts[-1].usage.completion_tokens > 0
        parts = [chunk async for chunk in runner.achat_stream(ask(question))]
        assert "".join(chunk.choices[0].delta.content for chunk in parts) == alone[question]
        text = await runner.acomplete("One two three four", temperature=0, max_tokens=4)
        pieces = [piece.text async for piece in runner.acomplete_stream(
            "One two three four", temperature=0, max_tokens=4)]
        assert "".join(pieces) == text.choices[0].text
        assert (await runner.aembeddings(["a", "b"])).shape[0] == 2
        assert (await runner.alogits("a b c", last=1)).shape == (1, runner.info.vocabulary_count)

    asyncio.run(main())


def test_the_loop_runs_other_tasks_meanwhile(runner: zonda.Runner) -> None:
    """A short answer is there before a long one that was asked for first."""
    async def main() -> None:
        answer = asyncio.ensure_future(runner.achat("Tell me a story.", max_tokens=400, ignore_eos=True))
        await asyncio.sleep(0)
        await runner.achat("Hi", max_tokens=2)
        assert not answer.done()
        answer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answer

    asyncio.run(main())


def test_cancelling_a_task_ends_its_request(
    runner: zonda.Runner, handles: Callable[[], "dict[str, int]"]
) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(runner.achat("Hi", max_tokens=400, ignore_eos=True))
        await asyncio.sleep(0.2)
        assert handles()["requests"] == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert handles()["requests"] == 0

        async with runner.achat_stream("Hi", max_tokens=400, ignore_eos=True) as stream:
            async for _ in stream:
                break
        assert handles()["requests"] == 0

        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(runner.achat("Hi", max_tokens=400, ignore_eos=True), 0.2)
        assert handles()["requests"] == 0

    asyncio.run(main())


def test_a_runner_loads_in_a_loop(model: str) -> None:
    async def main() -> None:
        runner = await zonda.Runner.aload(zonda.Which.Plain(model_id=model), max_seq_len=512, device="cpu")
        with runner:
            assert (await runner.achat("Hello!", max_tokens=2)).usage.completion_tokens <= 2

    asyncio.run(main())


def test_an_error_of_one_leaves_the_others_running(runner: zonda.Runner, alone: "dict[str, str]") -> None:
    async def main() -> "list[object]":
        return await asyncio.gather(
            runner.achat(ask(QUESTIONS[0])), runner.achat("x " * 1000), runner.achat(ask(QUESTIONS[1])),
            return_exceptions=True)

    first, failed, last = asyncio.run(main())
    assert isinstance(failed, zonda.ContextExceededError)
    assert [first.text, last.text] == [alone[QUESTIONS[0]], alone[QUESTIONS[1]]]

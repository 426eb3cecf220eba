"""The package, and a program that uses it, as type checkers see them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, installed

CHECKED = [str(ROOT / "python/zonda"), str(Path(__file__).with_name("typed_program.py"))]


@pytest.mark.parametrize("checker, options", [
    ("mypy", ["--strict", "--cache-dir=/dev/null"]), ("pyright", ["--level", "error"]),
])
def test_a_checker_finds_nothing(checker: str, options: "list[str]") -> None:
    installed(checker)
    done = subprocess.run(
        [sys.executable, "-m", checker, *options, *CHECKED], cwd=ROOT / "python", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_checkers_know_the_kind_of_an_answer() -> None:
    """What is wrong is found: a stream has no choices, an answer can't be iterated."""
    installed("mypy")
    wrong = """
from zonda import ChatCompletionRequest, Runner
def f(runner: Runner) -> None:
    runner.send_chat_completion_request(ChatCompletionRequest(messages="x", stream=True)).choices
    iter(runner.chat("x"))
    ChatCompletionRequest(messages="x", max_token=3)
    runner.send_chat_completion_request(ChatCompletionRequest(messages="x")).choices
"""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", "-c", wrong], cwd=ROOT / "python",
        capture_output=True, text=True)
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert sorted({line.split(":")[1] for line in errors}) == ["4", "5", "6"], done.stdout

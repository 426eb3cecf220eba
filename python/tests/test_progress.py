"""Progress of loading, in a terminal and without one."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List

import pytest

import zonda
from zonda import _progress


def events(task: str, *done: int) -> List[Dict[str, Any]]:
    return [{"event": "progress", "task": task, "done": count, "total": 1000} for count in done]


def test_lines_where_there_is_no_tqdm(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(_progress, "_tqdm", lambda: None)
    progress = _progress.Progress(True)
    for event in events("loading weights", 0, 1, 99, 100, 500, 501, 1000, 1000):
        progress(event)
    progress({"event": "message", "text": "kernels are compiled"})
    progress.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" %")[0] for line in lines[:-1]] == [f"zonda: loading weights: {n}" for n in (0, 10, 50, 100)]
    assert lines[-1] == "zonda: kernels are compiled"


def test_a_bar_for_each_task(monkeypatch: pytest.MonkeyPatch) -> None:
    bars: Dict[str, Any] = {}

    class Bar:
        def __init__(self, total: int, desc: str, **_: Any) -> None:
            self.total, self.n, self.closed = total, 0, False
            bars[desc] = self

        def update(self, count: int) -> None:
            self.n += count

        def close(self) -> None:
            self.closed = True

    monkeypatch.setattr(_progress, "_tqdm", lambda: Bar)
    progress = _progress.Progress(True)
    for event in events("a", 10, 300) + events("b", 5) + events("a", 1000):
        progress(event)
    assert (bars["a"].n, bars["a"].total, bars["a"].closed) == (1000, 1000, True)
    assert (bars["b"].n, bars["b"].closed) == (5, False)
    progress.close()
    assert bars["b"].closed


@pytest.mark.parametrize("shows", [True, False])
def test_loading_shows_how_far_it_is(
    load: Callable[..., zonda.Runner], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    shows: bool,
) -> None:
    monkeypatch.setattr(_progress, "_tqdm", lambda: None)
    load(progress=shows, max_seq_len=64).close()
    assert ("zonda: loading weights: 100 %" in capsys.readouterr().err) == shows


def test_nobody_sees_a_pipe_and_everybody_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", open("/dev/null", "w"))
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert not _progress._is_seen()
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert _progress._is_seen()

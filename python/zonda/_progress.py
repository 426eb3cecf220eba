"""Progress of loading and downloading: a tqdm bar where there is tqdm, else a line on the standard error stream."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Dict, Mapping, Optional

_STEP = 10  # percent between two printed lines


class Progress:
    """Shows ``progress`` and ``message`` events of a request.

    Args:
        shows: True always, False never, None where somebody sees it: a terminal or a notebook.
    """

    def __init__(self, shows: Optional[bool]) -> None:
        self._shows = _is_seen() if shows is None else shows
        self._bars: Dict[str, Any] = {}
        self._percents: Dict[str, int] = {}

    def __call__(self, event: Mapping[str, Any]) -> None:
        if not self._shows:
            return
        if event.get("event") == "message":
            print(f"zonda: {event['text']}", file=sys.stderr)
        elif event.get("event") == "progress" and event["total"] > 0:
            self._show(str(event["task"]), int(event["done"]), int(event["total"]))

    def close(self) -> None:
        """Ends all bars, each where it is."""
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()

    def _show(self, task: str, done: int, total: int) -> None:
        tqdm = _tqdm()
        if tqdm is None:
            percent = 100 * done // total // _STEP * _STEP
            if percent > self._percents.get(task, -1):
                self._percents[task] = percent
                print(f"zonda: {task}: {percent} % of {total / 1e6:.0f} MB", file=sys.stderr)
            return
        if task not in self._bars:
            self._bars[task] = tqdm(total=total, desc=task, unit="B", unit_scale=True, leave=False)
        bar = self._bars[task]
        bar.update(done - bar.n)
        if done >= total:
            bar.close()


def _tqdm() -> Any:
    try:
        return importlib.import_module("tqdm.auto").tqdm
    except ImportError:
        return None


def _is_seen() -> bool:
    if "ipykernel" in sys.modules:
        return True
    return sys.stderr is not None and sys.stderr.isatty()

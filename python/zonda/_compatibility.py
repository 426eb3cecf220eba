"""Classes of `mistralrs` for what Zonda lacks: a program may import them, and hears what to do instead when it uses them."""

from __future__ import annotations

from typing import Any, Dict, NoReturn

from . import _pending


class _Absent(type):
    """The type of such a class: making one, and looking at its members, is an error with a remedy."""

    def __call__(cls, *arguments: Any, **named: Any) -> NoReturn:
        _pending.refuse(cls.__name__, "leave out what it is for")

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        _pending.refuse(f"{cls.__name__}.{name}", "leave out what it is for")


def add_classes(names: Dict[str, Any]) -> None:
    """Adds the classes to a module's names."""
    for name in _pending.CLASSES:
        names.setdefault(name, _Absent(name, (), {
            "__module__": "zonda", "__doc__": "Not supported: there for programs that import it."}))

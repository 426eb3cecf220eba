"""What the tests share: a small real model, loaded once."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Iterator

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

import zonda  # noqa: E402


def installed(name: str) -> ModuleType:
    """A package of python/requirements-test.txt; a test that needs one must not pass over its absence."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.fail(f"{error}: run `{sys.executable} -m pip install -r python/requirements-test.txt`", pytrace=False)


@pytest.fixture(scope="session")
def model() -> str:
    """The path of SmolLM2-135M as GGUF."""
    path = Path(os.environ.get("ZONDA_TEST_MODEL", ROOT / "models/SmolLM2-135M-Instruct.Q4_1.gguf"))
    if not path.is_file():
        pytest.skip(f"{path} is not there: run `make test`, or name the file in ZONDA_TEST_MODEL")
    return str(path)


@pytest.fixture(scope="session")
def load(model: str) -> Callable[..., zonda.Runner]:
    """Loads the model once more."""
    def make(**arguments: Any) -> zonda.Runner:
        arguments.setdefault("max_seq_len", 512)
        arguments.setdefault("max_batch_size", 4)
        arguments.setdefault("device", "cpu")
        return zonda.Runner(which=zonda.Which.Plain(model_id=model), **arguments)
    return make


@pytest.fixture(scope="session")
def runner(load: Callable[..., zonda.Runner]) -> Iterator[zonda.Runner]:
    with load(max_batch_size=8) as runner:
        yield runner


@pytest.fixture
def handles(runner: zonda.Runner) -> Callable[[], "dict[str, int]"]:
    """How many objects the library holds for Python."""
    return lambda: runner._model.library.call("handles")


@pytest.fixture
def hub(model: str, tmp_path: Path) -> Callable[[str], None]:
    """Makes a hub's cache in which the small model has any id, so that scripts name the models that they want."""
    cache = tmp_path / "hub"

    def add(model_id: str, filename: str = "model.gguf") -> None:
        folder = cache / ("models--" + model_id.replace("/", "--"))
        snapshot = folder / "snapshots/0123456789abcdef0123456789abcdef01234567"
        snapshot.mkdir(parents=True, exist_ok=True)
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs/main").write_text(snapshot.name)
        (snapshot / filename).symlink_to(Path(model).resolve())

    os.environ["HF_HUB_CACHE"] = str(cache)
    yield add  # type: ignore[misc]
    del os.environ["HF_HUB_CACHE"]

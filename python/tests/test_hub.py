"""Models that come from the hub, which a small server plays here."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import threading
from pathlib import Path
from typing import Iterator, List, Optional

import pytest

import zonda
from zonda import Which, _progress

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(http.server.ThreadingHTTPServer):
    """One repository, ``tiny/model``, with one file; without the right token it is private."""

    def __init__(self, path: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.data = Path(path).read_bytes()
        self.digest = hashlib.sha256(self.data).hexdigest()
        self.token: Optional[str] = None
        self.tokens: List[Optional[str]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.server, self.path.split("?")[0]
        hub.tokens.append(self.headers.get("Authorization"))
        if "tiny/model" not in path:
            return self.send(404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"})
        if hub.token and hub.tokens[-1] != f"Bearer {hub.token}":
            return self.send(401, b'{"error": "restricted"}', {"X-Error-Code": "GatedRepo"})
        if "/revision/" in path:
            return self.send(200, json.dumps({"id": "tiny/model", "sha": COMMIT}).encode())
        if "/tree/" in path:
            size = len(hub.data)
            return self.send(200, json.dumps([{
                "type": "file", "path": "tiny.gguf", "size": size, "oid": "0" * 40,
                "lfs": {"oid": hub.digest, "size": size}}]).encode())
        headers = {"ETag": f'"{hub.digest}"', "Accept-Ranges": "bytes", "X-Repo-Commit": COMMIT}
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not part:
            return self.send(200, hub.data, headers)
        first, last = int(part[1]), int(part[2] or len(hub.data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(hub.data)}"
        self.send(206, hub.data[first:last + 1], headers)

    def send(self, status: int, body: bytes, headers: "dict[str, str]" = {}) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            try:
                self.wfile.write(body)
            except OSError:
                pass

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name in list(os.environ):
        if name.startswith(("HF_", "HUGGING")):
            monkeypatch.delenv(name)
    with Hub(model) as hub:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{hub.server_address[1]}")
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        yield hub
        hub.shutdown()


def load(**arguments: object) -> zonda.Runner:
    which = Which.GGUF(quantized_model_id="tiny/model", quantized_filename="tiny.gguf")
    return zonda.Runner(which=which, max_seq_len=64, max_batch_size=1, device="cpu", **arguments)


def test_a_model_is_fetched_once_and_shows_how_far_it_is(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_progress, "_tqdm", lambda: None)
    with load(progress=True) as runner:
        assert runner.info.path.startswith(str(tmp_path / "hub/models--tiny--model/snapshots" / COMMIT))
        assert runner.chat("Hi", max_tokens=1).usage.completion_tokens == 1
    shown = capsys.readouterr().err
    assert "zonda: tiny.gguf: 100 %" in shown and "zonda: loading weights: 100 %" in shown
    server.tokens.clear()
    load(progress=False).close()
    assert server.tokens == []


def test_the_token_is_the_one_that_is_named(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.token = "hf_right"
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    for source in ("cache", "none", "literal:hf_other"):
        with pytest.raises(zonda.AccessDeniedError) as caught:
            load(token_source=source)
        assert isinstance(caught.value, PermissionError) and caught.value.remedy
        assert "hf_" not in str(caught.value)
    assert set(server.tokens) == {"Bearer hf_wrong", None, "Bearer hf_other"}
    load(token_source="literal:hf_right").close()


def test_models_that_are_not_there(server: Hub, tmp_path: Path) -> None:
    with pytest.raises(zonda.ModelNotFoundError):
        zonda.Runner(which=Which.Plain(model_id="nobody/nothing"))
    asked = len(server.tokens)
    with pytest.raises(zonda.ModelNotFoundError):
        load(downloads=False)
    assert len(server.tokens) == asked


def test_a_cache_of_its_own(server: Hub, tmp_path: Path) -> None:
    which = Which.Plain(model_id="tiny/model", hf_cache_path=str(tmp_path / "mine"))
    with zonda.Runner(which=which, max_seq_len=64, max_batch_size=1, device="cpu") as runner:
        assert runner.info.path.startswith(str(tmp_path / "mine/models--tiny--model"))

"""Starts `zonda serve` for tests, and talks to it byte by byte where a client would hide what is said."""
from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Optional

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ZONDA_BIN", ROOT / ".build/release/zonda"))
MODELS = Path(os.environ.get("ZONDA_MODELS", ROOT / "models"))
SMOLLM2 = MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf"
QWEN = MODELS / "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf"
ADDRESS = re.compile(r"http://([0-9.]+|\[[0-9a-f:]+\]|localhost):(\d+)")


class Reply:
    """A whole HTTP response."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


class Server:
    """A running `zonda serve`. `output` holds what it has said so far."""

    def __init__(self, *arguments: str, environment: Optional[dict[str, str]] = None) -> None:
        command = [str(BINARY), "serve", *arguments, "--port", "0"]
        self.output: list[str] = []
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env={**os.environ, "HF_HUB_OFFLINE": "1", **(environment or {})})
        self.port = 0
        self._listening = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self._listening.wait(60) or self.port == 0:
            self.process.kill()
            raise RuntimeError(f"{command} did not say where it listens:\n" + "".join(self.output))
        self.url = f"http://127.0.0.1:{self.port}"

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            match = ADDRESS.search(line)
            if match and self.port == 0:
                self.port = int(match.group(2))
                self._listening.set()
        self._listening.set()

    def wait_until_ready(self, seconds: float = 120) -> Server:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError("the server ended:\n" + "".join(self.output))
            if self.request("GET", "/health").status == 200:
                return self
            time.sleep(0.1)
        raise RuntimeError("the server is not ready:\n" + "".join(self.output))

    def request(
        self, method: str, path: str, body: Any = None, headers: Optional[dict[str, str]] = None,
        timeout: float = 60,
    ) -> Reply:
        """Sends one request; a body that is not bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        fields = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, names, response.read())
        finally:
            connection.close()

    def post(self, path: str, body: Any, **options: Any) -> Reply:
        return self.request("POST", path, body, **options)

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """Sends bytes as they are, and returns what comes back until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(data)
            answer = b""
            try:
                while part := connection.recv(65536):
                    answer += part
            except (socket.timeout, ConnectionResetError):
                pass
            return answer

    def metric(self, name: str) -> float:
        """The sum over all labels of a metric."""
        lines = self.request("GET", "/metrics").text.splitlines()
        pattern = re.compile(re.escape(name) + r"(?:\{[^}]*\})? (\S+)")
        values = [float(match.group(1)) for match in map(pattern.fullmatch, lines) if match]
        assert values, f"there is no metric {name}"
        return sum(values)

    def wait_until_running(self, seconds: float = 10) -> None:
        """Waits until the engine runs a request."""
        end = time.monotonic() + seconds
        while self.metric("zonda:num_requests_running") == 0:
            assert time.monotonic() < end, "no request runs"
            time.sleep(0.02)

    def wait_until_idle(self, seconds: float = 10) -> None:
        """Waits until no request runs: those that clients gave up too."""
        end = time.monotonic() + seconds
        while self.metric("zonda:num_requests_running") + self.metric("zonda:num_requests_waiting") > 0:
            assert time.monotonic() < end, "requests run on though nobody waits for them"
            time.sleep(0.05)

    def stop(self) -> int:
        """Asks it to end, as a service manager does; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

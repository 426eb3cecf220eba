"""Starts and stops the servers that the scripts in this folder measure."""

from __future__ import annotations

import http.client
import os
import pathlib
import signal
import socket
import subprocess
import time
from typing import Optional, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONDA = str(ROOT / ".build/release/zonda")

# llama.cpp's own server, as the Python package xllamacpp carries it.
XLLAMACPP = """
import sys, time, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.port, parameters.n_parallel, parameters.n_ctx, threads = map(int, sys.argv[2:6])
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(parameters)
while True:
    time.sleep(60)
"""


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class Server:
    """A server process; ready when the `with` block begins, gone when it ends."""

    def __init__(self, command: Sequence[str], port: int, log: Optional[str] = None) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._log = open(log or os.devnull, "w")
        self.process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def __enter__(self) -> "Server":
        limit = time.monotonic() + 300
        while not self._is_ready():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.process.args!r} ended with status {self.process.returncode}; see its log")
            if time.monotonic() > limit:
                self.process.kill()
                raise SystemExit(f"{self.process.args!r} is not ready after 300 s")
            time.sleep(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()

    def _is_ready(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def resident_bytes(self) -> int:
        """What the process has in memory (Linux)."""
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no VmRSS")


def zonda(model: str, *options: str, zonda: str = ZONDA, log: Optional[str] = None) -> Server:
    """`zonda serve` on a free port."""
    port = free_port()
    return Server([zonda, "serve", model, "--port", str(port), "--log-level", "warning", *options], port, log)


def llama(model: str, slots: int, context: int, threads: int, binary: Optional[str] = None,
          python: Optional[str] = None, log: Optional[str] = None) -> Server:
    """llama.cpp's server: a `llama-server` binary, or the one within a Python that has xllamacpp."""
    port = free_port()
    if binary:
        command = [binary, "-m", model, "--port", str(port), "-np", str(slots), "-c", str(context * slots),
                   "-t", str(threads), "-tb", str(threads)]
    elif python:
        command = [python, "-c", XLLAMACPP, model, str(port), str(slots), str(context * slots), str(threads)]
    else:
        raise SystemExit("name llama.cpp's server with --llama-server, or a Python that has xllamacpp with --python")
    return Server(command, port, log)

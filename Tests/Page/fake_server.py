"""A server that plays OpenAI's API: what it answers follows from the last message. Standard library only.

python3 Tests/Page/fake_server.py [PORT]    # to look at the page by hand
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "Sources/CZondaPage/Page/index.html"
HERE = Path(__file__).resolve().parent


def policy(page: bytes) -> str:
    """The page's Content-Security-Policy: its style and script by their SHA-256, its own server, no more."""

    def digest(name: bytes) -> str:
        start = page.index(b"<" + name + b">") + len(name) + 2
        text = page[start : page.index(b"</" + name + b">", start)]
        return "'sha256-" + base64.b64encode(hashlib.sha256(text).digest()).decode() + "'"

    return (
        f"default-src 'none'; style-src {digest(b'style')}; script-src {digest(b'script')}; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def answer_to(prompt: str) -> tuple[str, str]:
    """The thought and the text of the answer to a prompt."""
    if prompt in ("markdown", "hostile"):
        return "", (HERE / f"{prompt}.md").read_text(encoding="utf-8")
    if prompt.startswith("think"):
        return "The user wants a thought.\n\n- So I think.\n", "I have thought."
    if prompt.startswith(("long", "slow")):
        return "", "\n\n".join(
            f"Paragraph {number} of an answer that goes on and on." for number in range(1, 121)
        )
    return "", f"You said: {prompt}"


class FakeServer(ThreadingHTTPServer):
    """Listens on a port of this machine. `requests` has the bodies; `cut` counts streams that were left."""

    daemon_threads = True

    def __init__(self, port: int = 0, delay: float = 0.001) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.delay = delay
        self.key = ""
        self.models = ["zonda/andes-7b", "zonda/puna-1b"]
        self.requests: list[dict[str, Any]] = []
        self.cut = 0
        self.failures = 0
        self.gone = False
        self.gate = threading.Event()
        self.gate.set()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class Handler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"
    # Otherwise each small write waits for an acknowledgement, 40 ms long.
    disable_nagle_algorithm = True

    def log_message(self, *_: Any) -> None:
        pass

    def reply(self, status: int, body: Any, kind: str = "application/json", **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def fail(self, status: int, message: str, **headers: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
        self.reply(status, {"error": error}, **headers)

    def is_allowed(self) -> bool:
        if not self.server.key or self.headers.get("Authorization") == f"Bearer {self.server.key}":
            return True
        self.fail(401, "Incorrect API key: this server was started with --api-key.")
        return False

    def do_GET(self) -> None:
        if self.path == "/":
            page = PAGE.read_bytes()
            self.reply(200, page, "text/html; charset=utf-8", Content_Security_Policy=policy(page))
        elif self.path == "/v1/models" and self.is_allowed():
            self.reply(
                200,
                {"object": "list", "data": [{"id": each, "object": "model"} for each in self.server.models]},
            )
        elif self.path != "/v1/models":
            self.fail(404, f"Nothing is served at {self.path}.")

    def do_POST(self) -> None:
        if self.server.gone:
            self.close_connection = True
            return
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_allowed():
            return
        self.server.requests.append(body)
        prompt = body["messages"][-1]["content"].split("\n\n")[-1]
        if prompt == "busy" and self.server.failures:
            self.server.failures -= 1
            self.fail(503, "The queue of 64 requests is full.", Retry_After="2")
        elif prompt == "plain":
            self.reply(500, b"<h1>Internal error</h1>", "text/html")
        else:
            self.stream(prompt, body)

    def stream(self, prompt: str, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        thought, text = answer_to(prompt)
        pause = 0.02 if prompt.startswith("slow") else self.server.delay
        # Pieces that cut words and marks anywhere, as tokens do.
        pieces = [("reasoning_content", each) for each in re.findall(r"(?s).{1,5}", thought)]
        pieces += [("content", each) for each in re.findall(r"(?s).{1,5}", text)]
        try:
            self.chunk({"role": "assistant", "content": ""})
            for index, (kind, piece) in enumerate(pieces):
                self.server.gate.wait(30)
                time.sleep(pause)
                self.chunk({kind: piece})
                if index == 2 and prompt.startswith("break"):
                    # Later than the pieces: a browser drops what it has not read when a connection breaks.
                    time.sleep(0.3)
                    self.close_connection = True
                    return
                if index == 2 and prompt.startswith("fail"):
                    self.event(
                        json.dumps({"error": {"message": "The device ran out of memory.", "code": 500}})
                    )
                    break
            else:
                self.chunk({}, "length" if prompt.startswith("cut") else "stop")
                usage = {
                    "prompt_tokens": 12,
                    "completion_tokens": len(pieces),
                    "prompt_tokens_details": {"cached_tokens": 4},
                }
                if body.get("stream_options", {}).get("include_usage"):
                    self.event(json.dumps({"choices": [], "usage": usage}))
                self.event("[DONE]")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.server.cut += 1
            self.close_connection = True

    def chunk(self, delta: dict[str, str], finish: str | None = None) -> None:
        self.event(
            json.dumps(
                {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, ensure_ascii=False
            )
        )

    def event(self, data: str) -> None:
        text = f"data: {data}\n\n".encode()
        # Two writes, so that events and characters arrive in parts.
        middle = len(text) // 2
        for part in (text[:middle], text[middle:]):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()


if __name__ == "__main__":
    server = FakeServer(int(sys.argv[1]) if len(sys.argv) > 1 else 8000, delay=0.03)
    print(server.url)
    threading.Event().wait()

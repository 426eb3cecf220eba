"""What a client library hides: routes, methods, headers and bodies, byte by byte."""
from __future__ import annotations

import gzip
import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from asking import GREEDY
from conftest import KEY
from serving import SMOLLM2, Server

CHAT = "/v1/chat/completions"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}
POSTS = [
    CHAT, "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
    "/tokenize", "/detokenize",
]
GETS = ["/", "/health", "/metrics", "/openapi.json", "/v1/models"]


def _error(reply, status: int) -> dict[str, Any]:
    """The error of a reply, checked to be one in OpenAI's form."""
    assert reply.status == status, reply.text
    assert reply.headers["content-type"].startswith("application/json")
    assert set(reply.json["error"]) == {"message", "type", "param", "code"}
    return reply.json["error"]


def test_health(server: Server) -> None:
    reply = server.request("GET", "/health")
    assert (reply.status, reply.json["status"]) == (200, "ok")


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_a_body(server: Server, path: str) -> None:
    get, head = server.request("GET", path), server.request("HEAD", path)
    assert (get.status, head.status, head.body) == (200, 200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method(server: Server, method: str, path: str) -> None:
    reply = server.request(method, path)
    assert reply.status == 405 and reply.headers["allow"] == "POST"


def test_a_wrong_method_where_one_reads(server: Server) -> None:
    reply = server.request("POST", "/health", {})
    assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/v1/models/smollm2", "/v1/models/a/b", "/v1/models/"])
def test_a_wrong_method_at_a_model(server: Server, path: str) -> None:
    reply = server.request("POST", path, {})
    assert reply.status == 405 and reply.headers["allow"] == "GET, HEAD"


def test_a_path_that_there_is_not(server: Server) -> None:
    assert _error(server.request("GET", "/v1/nothing"), 404)["code"] == "unknown_url"


@pytest.mark.parametrize("body", [
    b"", b"{", b"nul", b"[1", b'{"a": 1,}', b"\xff\xfe", b'{"a": "\xc3"}', b"{} {}", b"[" * 5000,
], ids=repr)
def test_a_body_that_is_no_json(server: Server, body: bytes) -> None:
    assert _error(server.post(CHAT, body), 400)["code"] == "invalid_json"


@pytest.mark.parametrize("body", [[], "text", "\ud800", 1, None, True], ids=ascii)
def test_a_body_that_is_no_object(server: Server, body: Any) -> None:
    assert _error(server.post(CHAT, json.dumps(body).encode()), 400)["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", POSTS)
def test_every_route_says_what_is_missing(server: Server, path: str) -> None:
    reply = server.post(path, {})
    assert reply.status == 400 and "missing" in reply.json["error"]["message"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "text/plain", ""])
def test_the_content_type_does_not_matter(server: Server, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    assert server.post(CHAT, json.dumps(GREEDY).encode(), headers=headers).status == 200


def test_a_coded_body_is_told_apart(server: Server) -> None:
    body = gzip.compress(json.dumps(GREEDY).encode())
    assert server.post(CHAT, body, headers={"Content-Encoding": "gzip"}).status in (400, 415)


def test_a_body_in_chunks(server: Server) -> None:
    body = json.dumps({**GREEDY, "max_tokens": 2}).encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:10], body[10:])) + b"0\r\n\r\n"
    head = b"POST " + CHAT.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    answer = server.raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_connection_is_used_again(server: Server) -> None:
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert server.raw(request * 3 + last).count(b"HTTP/1.1 200") == 4


def test_bytes_that_are_no_http(server: Server) -> None:
    answer = server.raw(b"\x16\x03\x01\x02\x00 no http at all\r\n\r\n", timeout=3)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert server.request("GET", "/health").status == 200


def test_a_body_that_is_too_large(guarded: Server) -> None:
    error = _error(guarded.post(CHAT, b"x" * (1 << 20) + b"x", headers=AUTHORIZED), 413)
    assert "--max-body" in error["message"]
    assert guarded.request("GET", "/health").status == 200


def test_a_chunked_body_that_is_too_large(guarded: Server) -> None:
    head = (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n").encode()
    chunk = b"%x\r\n%b\r\n" % (1 << 19, b" " * (1 << 19))
    assert guarded.raw(head + chunk * 3, timeout=5).startswith(b"HTTP/1.1 413")


def test_too_many_headers(guarded: Server) -> None:
    headers = {f"X-Header-{number}": "1" for number in range(50)}
    assert _error(guarded.request("GET", "/health", headers=headers), 431)["code"] == "headers_too_large"


def test_headers_that_are_too_large(guarded: Server) -> None:
    assert guarded.request("GET", "/health", headers={"X-Large": "x" * 40_000}).status == 431


@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/openapi.json"])
def test_a_key_is_asked_for(guarded: Server, path: str) -> None:
    refused = guarded.request("GET", path)
    _error(refused, 401)
    assert refused.headers["www-authenticate"] == "Bearer"
    assert guarded.request("GET", path, headers={"Authorization": "Bearer wrong"}).status == 401
    assert guarded.request("GET", path, headers={"Authorization": KEY}).status == 401
    assert guarded.request("GET", path, headers=AUTHORIZED).status == 200
    assert guarded.request("GET", path, headers={"x-api-key": KEY}).status == 200


@pytest.mark.parametrize("path", ["/", "/health"])
def test_the_page_and_health_are_open(guarded: Server, path: str) -> None:
    assert guarded.request("GET", path).status == 200


def test_keys_and_prompts_are_not_logged(guarded: Server) -> None:
    secret = {**GREEDY, "messages": [{"role": "user", "content": "xyzzy-secret"}], "max_tokens": 1}
    assert guarded.post(CHAT, secret, headers=AUTHORIZED).status == 200
    guarded.post(CHAT, secret, headers={"Authorization": "Bearer sk-guess"})
    output = "".join(guarded.output)
    assert KEY not in output and "xyzzy" not in output and "sk-guess" not in output


def test_prompts_are_logged_where_that_is_asked_for() -> None:
    own = Server(f"smollm2={SMOLLM2}", "--log-prompts").wait_until_ready()
    try:
        body = {**GREEDY, "messages": [{"role": "user", "content": "xyzzy-open"}], "max_tokens": 1}
        assert own.post(CHAT, body).status == 200
    finally:
        assert own.stop() == 0
    assert "xyzzy-open" in "".join(own.output)


def test_a_network_that_is_let_in_without_a_key_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"sk-other\n{KEY}\n")
    for options, is_warned in [
            (["--host", "0.0.0.0"], True), ([], False),
            (["--host", "0.0.0.0", "--api-key-file", str(tmp_path / "keys")], False)]:
        own = Server(f"smollm2={SMOLLM2}", *options).wait_until_ready()
        try:
            keys = [{}, {"Authorization": "Bearer sk-guess"}, AUTHORIZED, {"Authorization": "Bearer sk-other"}]
            statuses = [own.request("GET", "/v1/models", headers=headers).status for headers in keys]
        finally:
            assert own.stop() == 0
        output = "".join(own.output)
        assert ("warning: 0.0.0.0 lets the network in" in output) == is_warned, output
        assert statuses == ([401, 401, 200, 200] if "--api-key-file" in options else [200] * 4)


def test_an_allowed_origin(guarded: Server) -> None:
    origin = {"Origin": "https://app.example"}
    preflight = guarded.request("OPTIONS", CHAT, headers={
        **origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type"})
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "https://app.example"
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    answer = guarded.request("GET", "/v1/models", headers={**origin, **AUTHORIZED})
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    refused = guarded.request("GET", "/v1/models", headers=origin)
    assert refused.status == 401


def test_another_origin(guarded: Server, server: Server) -> None:
    headers = {"Origin": "https://evil.example", **AUTHORIZED}
    assert guarded.request("GET", "/v1/models", headers=headers).status == 403
    refused = server.request("OPTIONS", CHAT, headers=headers)
    assert refused.status == 403 and "access-control-allow-origin" not in refused.headers


def test_the_page_itself_may_ask(server: Server) -> None:
    assert server.request("GET", "/v1/models", headers={"Origin": server.url}).status == 200


def test_a_name_that_leads_here_from_outside(server: Server) -> None:
    assert server.request("GET", "/health", headers={"Host": "evil.example"}).status == 403
    assert server.request("GET", "/health", headers={"Host": f"localhost:{server.port}"}).status == 200


def test_tokens_of_a_text(server: Server) -> None:
    reply = server.post("/tokenize", {"prompt": "Hello world", "return_token_strs": True}).json
    assert reply["count"] == len(reply["tokens"]) == len(reply["token_strs"]) and reply["max_model_len"] == 8192
    assert "".join(reply["token_strs"]) == "Hello world"


@pytest.mark.parametrize("text", ["Hello world", "naïve café", "日本語 👩‍👩‍👧", "  two  spaces\n\n", "\t{\"a\": 1}"])
def test_tokens_come_back_as_their_text(server: Server, text: str) -> None:
    tokens = server.post("/tokenize", {"content": text}).json["tokens"]
    assert server.post("/detokenize", {"tokens": tokens}).json["content"] == text


def test_tokens_of_a_chat(server: Server) -> None:
    reply = server.post("/tokenize", {"messages": GREEDY["messages"]}).json
    usage = server.post(CHAT, GREEDY).json["usage"]
    assert reply["count"] == usage["prompt_tokens"]


def test_a_token_that_there_is_not(server: Server) -> None:
    assert _error(server.post("/detokenize", {"tokens": [10_000_000]}), 400)["param"] == "tokens"
    assert _error(server.post("/detokenize", {"tokens": [-1]}), 400)["param"] == "tokens[0]"


def test_clients_that_leave_leave_nothing_behind(server: Server) -> None:
    body = json.dumps({**GREEDY, "max_tokens": 4000, "ignore_eos": True, "stream": True}).encode()
    head = (f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()

    def leave() -> None:
        import socket

        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head + body)
            connection.recv(1)

    threads = [threading.Thread(target=leave) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait_until_idle()
    assert server.metric("zonda:kv_cache_usage_perc") == 0


def test_sigterm_lets_a_stream_end() -> None:
    """The stream that runs goes on to its end while new requests are refused."""
    own = Server(f"smollm2={SMOLLM2}").wait_until_ready()
    try:
        answers: list[Any] = []
        body = {**GREEDY, "max_tokens": 300, "ignore_eos": True, "stream": True}
        thread = threading.Thread(target=lambda: answers.append(own.post(CHAT, body)))
        thread.start()
        own.wait_until_running()
        own.process.terminate()
        while not any(line.startswith("stopping") for line in own.output):
            time.sleep(0.02)
        try:
            assert own.post(CHAT, GREEDY).status == 503
        except ConnectionError:
            pass  # It listens no more.
        thread.join()
        assert own.process.wait(30) == 0
        assert answers[0].text.endswith("data: [DONE]\n\n")
        assert answers[0].text.count("data: ") > 250
    finally:
        own.process.kill()

"""Chromium without a window, driven over the DevTools protocol through a pipe. Standard library only."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Code and virtual key of the keys that the tests press, and the text that they type.
KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "Escape": ("Escape", 27, ""),
    "Space": ("Space", 32, " "),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
}
SHIFT = 8


def find() -> str | None:
    """The browser to use: $CHROMIUM, or the first that is on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A running browser. Close it: it has a folder and processes of its own."""

    def __init__(self, executable: str) -> None:
        self._folder = tempfile.mkdtemp(prefix="zonda-page-")
        child_in, self._out = os.pipe()
        self._in, child_out = os.pipe()
        flags = [
            "--headless=new",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--lang=en-US",
            f"--user-data-dir={self._folder}",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")
        # The browser reads commands from descriptor 3 and writes to 4.
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "sh", executable, *flags, "about:blank"],
            pass_fds=(child_in, child_out),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(child_in)
        os.close(child_out)
        self._lock = threading.Condition()
        self._answers: dict[int, dict[str, Any]] = {}
        self._events: dict[str, list[dict[str, Any]]] = {}
        self._last = 0
        self._closed = False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        buffer = b""
        while part := os.read(self._in, 1 << 16):
            *messages, buffer = (buffer + part).split(b"\0")
            with self._lock:
                for text in messages:
                    message = json.loads(text)
                    if "id" in message:
                        self._answers[message["id"]] = message
                    else:
                        self._events.setdefault(message.get("sessionId", ""), []).append(message)
                self._lock.notify_all()
        with self._lock:
            self._closed = True
            self._lock.notify_all()

    def call(
        self, method: str, parameters: dict[str, Any] | None = None, session: str = ""
    ) -> dict[str, Any]:
        """Calls a method of the protocol. Raises RuntimeError with the browser's message."""
        with self._lock:
            self._last += 1
            number = self._last
        message = {
            "id": number,
            "method": method,
            "params": parameters or {},
            **({"sessionId": session} if session else {}),
        }
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        with self._lock:
            if not self._lock.wait_for(lambda: number in self._answers or self._closed, timeout=120):
                raise RuntimeError(f"{method}: no answer from the browser in 120 s")
            if number not in self._answers:
                raise RuntimeError(f"{method}: the browser ended")
            answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def events(self, session: str, method: str) -> list[dict[str, Any]]:
        with self._lock:
            return [event["params"] for event in self._events.get(session, []) if event["method"] == method]

    def forget_events(self) -> None:
        with self._lock:
            self._events.clear()

    def close(self) -> None:
        try:
            self.call("Browser.close")
        except RuntimeError:
            pass
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class Page:
    """A page in a browser context of its own: it shares no storage with others."""

    def __init__(self, browser: Browser, width: int = 1200, height: int = 800) -> None:
        self.browser = browser
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call(
            "Target.createTarget", {"url": "about:blank", "browserContextId": self.context}
        )["targetId"]
        self.session = browser.call("Target.attachToTarget", {"targetId": target, "flatten": True})[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Accessibility"):
            self.call(f"{domain}.enable")
        # Pages that have no focus draw no focus rings.
        self.call("Emulation.setFocusEmulationEnabled", {"enabled": True})
        self.size(width, height)

    def call(self, method: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.browser.call(method, parameters, self.session)

    def close(self) -> None:
        self.browser.call("Target.disposeBrowserContext", {"browserContextId": self.context})

    def size(self, width: int, height: int, scale: float = 1) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600},
        )

    def media(self, **features: str) -> None:
        """Emulates media features, such as prefers_color_scheme="dark"."""
        values = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", {"features": values})

    def open(self, url: str) -> None:
        self.call("Page.navigate", {"url": url})
        self.wait("document.readyState === 'complete'")

    def reload(self) -> None:
        self.run("window.isOld = true")
        self.call("Page.reload")
        self.wait("!window.isOld && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited. Raises RuntimeError when it throws."""
        result = self.call(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True, "userGesture": True},
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait(self, expression: str, seconds: float = 20) -> None:
        """Waits until an expression is truthy."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.run(f"!!({expression})")
            except RuntimeError:
                # While a page is being replaced, there is nothing to evaluate in.
                value = False
            if value:
                return
            if time.monotonic() > end:
                raise AssertionError(f"not so within {seconds} s: {expression}")
            time.sleep(0.02)

    def key(self, name: str, shift: bool = False) -> None:
        code, number, text = KEYS[name]
        event = {
            "key": " " if name == "Space" else name,
            "code": code,
            "windowsVirtualKeyCode": number,
            "modifiers": SHIFT if shift else 0,
        }
        self.call(
            "Input.dispatchKeyEvent", {**event, "type": "keyDown" if text else "rawKeyDown", "text": text}
        )
        self.call("Input.dispatchKeyEvent", {**event, "type": "keyUp"})

    def type(self, text: str) -> None:
        self.call("Input.insertText", {"text": text})

    def click(self, selector: str) -> None:
        """Clicks the middle of the first element like a mouse. Raises AssertionError if it is covered."""
        x, y, covered = self.run(f"""(() => {{
            const target = document.querySelector({json.dumps(selector)});
            target.scrollIntoView({{ block: "nearest" }});
            const box = target.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
            const top = document.elementFromPoint(x, y);
            const free = target.contains(top) || top?.contains(target);
            return [x, y, free ? "" : top?.outerHTML.slice(0, 80) ?? "nothing"];
        }})()""")
        assert not covered, f"{selector} is under {covered}"
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            )

    def shot(self, path: Path) -> None:
        data = self.call("Page.captureScreenshot", {"format": "png"})["data"]
        path.write_bytes(base64.b64decode(data))

#!/usr/bin/env python3
"""Runs the examples of README.md from its own text, and says which ran.

    python3 scripts/readme_examples.py [--python .build-python/bin/python] [--only python,server,swift,shell]

What it does with a fenced block depends on its language:
- `sh`: each command, in order; `zonda serve` starts a server that lives until the end, on the port that it names.
- `python`: as a program of its own, in the repository's root, after the server is up.
- `swift`: must stand, line by line, in `Snippets/Chat.swift`, which each build compiles and this script runs.
Other blocks are texts. Exits with 1 when an example fails.
"""

import argparse
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# A small model answers within seconds; a machine under load takes its time.
TIMEOUT = 300


class Examples:
    def __init__(self, python, only):
        self.python = python
        self.only = only
        self.server = None
        self.ran = []
        self.environment = dict(os.environ)
        self.environment["PATH"] = f"{ROOT / '.build/release'}:{self.environment['PATH']}"

    def run_all(self):
        blocks = BLOCK.findall((ROOT / "README.md").read_text())
        try:
            # The server first, whatever the order of the text.
            for language in ("sh", "python", "swift"):
                for number, (found, text) in enumerate(blocks, 1):
                    if found == language and (not self.only or language in self.only):
                        print(f"--- README block {number}: {language}", flush=True)
                        getattr(self, f"run_{language}")(text)
                        self.ran.append(f"{language} {number}")
        finally:
            self.stop_server()
        if not self.ran:
            sys.exit("readme: no example was found")
        print(f"readme: {len(self.ran)} examples ran: {', '.join(self.ran)}")

    def run_sh(self, text):
        for line in text.replace("\\\n", " ").splitlines():
            command = line.split(" #")[0].strip()
            if not command or command.startswith("#"):
                continue
            if command.startswith("zonda serve"):
                self.start_server(command)
            else:
                self.call(["bash", "-euo", "pipefail", "-c", command.replace("curl ", "curl -sS --fail-with-body ")])

    def run_python(self, text):
        self.call([str(self.python), "-c", text])

    def run_swift(self, text):
        rest = iter((ROOT / "Snippets/Chat.swift").read_text().splitlines())
        for line in filter(None, text.splitlines()):
            if line not in rest:
                sys.exit(f"readme: this line of the Swift example is not where it should be in Snippets/Chat.swift: {line}")
        self.call([str(ROOT / ".build/release/Chat")])

    def call(self, command):
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, timeout=TIMEOUT, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        print(done.stdout, flush=True)
        if done.returncode != 0 or not done.stdout.strip():
            sys.exit(f"readme: {shlex.join(command)} ended with {done.returncode} and {len(done.stdout)} characters")

    def start_server(self, command):
        port = re.search(r"--port (\d+)", command)
        url = f"http://127.0.0.1:{port.group(1) if port else 8080}/health"
        self.server = subprocess.Popen(shlex.split(command), cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL)
        for _ in range(TIMEOUT):
            if self.server.poll() is not None:
                sys.exit(f"readme: {command} ended with {self.server.returncode}")
            try:
                with urllib.request.urlopen(url, timeout=5):
                    return
            except OSError:
                time.sleep(1)
        sys.exit(f"readme: {command} was not ready after {TIMEOUT} s")

    def stop_server(self):
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            code = self.server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            sys.exit("readme: the server did not end within 60 s of SIGTERM")
        if code != 0:
            sys.exit(f"readme: the server ended with {code}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="a Python that has zonda and openai installed")
    parser.add_argument("--only", default="", help="languages to run, with commas")
    options = parser.parse_args()
    Examples(options.python, [name for name in options.only.split(",") if name]).run_all()


if __name__ == "__main__":
    main()

"""Requests made from the server's own document get only what the document says, and no 5xx."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from serving import ROOT, Server


def test_the_server_is_as_its_document_says(server: Server) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    run = subprocess.run(
        [str(ROOT / "scripts/schemathesis.sh"), server.url, os.environ.get("ZONDA_EXAMPLES", "10")],
        env={**os.environ, "SCHEMATHESIS": str(program)}, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert server.request("GET", "/health").status == 200

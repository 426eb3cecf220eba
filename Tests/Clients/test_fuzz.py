"""Mutated requests: refused, each and every one, and the server goes on."""
from __future__ import annotations

import os
import subprocess
import sys

from serving import ROOT, Server


def test_mutated_requests(server: Server) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts/fuzz_http.py"), server.url, "--count",
         os.environ.get("ZONDA_MUTANTS", "5000")], capture_output=True, text=True, timeout=3600)
    assert run.returncode == 0, run.stdout + run.stderr[-8000:]
    server.wait_until_idle()
    assert server.metric("zonda:kv_cache_usage_perc") == 0

#!/usr/bin/env python3
"""What Python's huggingface_hub does with a cache, for the tests that hold Zonda's hub against it.

    python3 scripts/hub_library.py find REPO FILE...       what it finds offline, as JSON
    python3 scripts/hub_library.py download REPO [FILE]    downloads a repository, or one file, and prints the path
    python3 scripts/hub_library.py hold LOCK               prints "held" with the lock in hand until a line comes
    python3 scripts/hub_library.py scan                    the models that it sees in the cache, as JSON

The cache and the hub are those of HF_HOME and HF_ENDPOINT.
"""

import json
import sys
from typing import List


def find(repo: str, files: List[str]) -> None:
    from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, snapshot_download, try_to_load_from_cache
    from huggingface_hub.errors import LocalEntryNotFoundError

    found = {}
    for name in files:
        try:
            with open(hf_hub_download(repo, name, local_files_only=True), "rb") as file:
                found[name] = len(file.read())
        except LocalEntryNotFoundError:
            cached = try_to_load_from_cache(repo, name)
            found[name] = "no_exist" if cached is _CACHED_NO_EXIST else None
    print(json.dumps({"snapshot": snapshot_download(repo, local_files_only=True), "files": found}))


def download(repo: str, files: List[str]) -> None:
    from huggingface_hub import hf_hub_download, snapshot_download

    print(hf_hub_download(repo, files[0]) if files else snapshot_download(repo))


def hold(path: str) -> None:
    from huggingface_hub.utils import WeakFileLock

    with WeakFileLock(path):
        print("held", flush=True)
        sys.stdin.readline()


def scan() -> None:
    from huggingface_hub import scan_cache_dir

    info = scan_cache_dir()
    repos = {
        repo.repo_id: {
            "size": repo.size_on_disk,
            "revisions": {
                revision.commit_hash: sorted(str(file.file_path.relative_to(revision.snapshot_path))
                                             for file in revision.files)
                for revision in repo.revisions
            },
            "refs": sorted(repo.refs),
        }
        for repo in info.repos
    }
    print(json.dumps({"repos": repos, "warnings": [str(warning) for warning in info.warnings]}))


def main() -> None:
    command, *rest = sys.argv[1:]
    if command == "find":
        find(rest[0], rest[1:])
    elif command == "download":
        download(rest[0], rest[1:])
    elif command == "hold":
        hold(rest[0])
    elif command == "scan":
        scan()
    else:
        sys.exit(f"no command {command}")


if __name__ == "__main__":
    main()

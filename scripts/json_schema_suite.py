#!/usr/bin/env python3
"""Runs the JSON Schema Test Suite (draft 2020-12) against `Grammar(jsonSchema:)`, keyword by keyword.

    python3 scripts/json_schema_suite.py            prints the table
    python3 scripts/json_schema_suite.py --docs     writes it into docs/structured-output.md too

The suite is inside the source package of `jsonschema` on PyPI; pip fetches it into a temporary folder. Members of instances
are tried in every order, since ours is the schema's. Fails when an instance that the suite calls invalid is accepted.
"""

import argparse
import glob
import os
import subprocess
import sys
import tarfile
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCS = os.path.join(ROOT, "docs", "structured-output.md")
BEGIN, END = "<!-- suite: begin -->\n", "<!-- suite: end -->\n"
TEST = ["swift", "test", "-c", "release", "--disable-xctest", "--scratch-path", ".build-test"]


def fetch(folder: str) -> str:
    """The suite's folder for draft 2020-12."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
    subprocess.run(command + ["--no-binary", "jsonschema", "-d", folder, "jsonschema"], check=True)
    (archive,) = glob.glob(os.path.join(folder, "jsonschema-*.tar.gz"))
    with tarfile.open(archive) as package:
        members = [m for m in package.getmembers() if "/json/tests/" in m.name and ".." not in m.name]
        package.extractall(folder, members)
    (suite,) = glob.glob(os.path.join(folder, "jsonschema-*", "json", "tests", "draft2020-12"))
    return suite


def run(suite: str) -> "tuple[list[list[str]], list[str], int]":
    """The table's rows, what was refused, and the test's exit status."""
    environment = dict(os.environ, ZONDA_JSON_SCHEMA_SUITE=suite)
    result = subprocess.run(
        TEST + ["--filter", "SchemaSuiteTests"], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE
    )
    lines = [line.split("|") for line in result.stdout.splitlines()]
    rows = [line[1:] for line in lines if line[0] == "suite"]
    refused = [f"{line[1]}: {line[2]}" for line in lines if line[0] == "refused"]
    if not rows:
        sys.exit(result.stdout + "\nthe suite did not run")
    return rows, refused, result.returncode


def table(rows: "list[list[str]]") -> str:
    header = ["keyword", "schemas", "refused with an error", "valid accepted", "valid refused", "invalid refused",
              "invalid accepted"]
    total = ["**all**"] + [str(sum(int(row[column]) for row in rows)) for column in range(1, 7)]
    lines = [header, ["---"] + ["---:"] * 6] + rows + [total]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", action="store_true", help="write the table into docs/structured-output.md")
    parser.add_argument("--refused", action="store_true", help="print each refused schema with its error")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, refused, status = run(fetch(folder))
    text = table(rows)
    print(text, end="")
    if options.refused:
        print("\n".join(refused))
    if options.docs:
        with open(DOCS, encoding="utf-8") as file:
            before, rest = file.read().split(BEGIN)
        with open(DOCS, "w", encoding="utf-8") as file:
            file.write(before + BEGIN + text + END + rest.split(END)[1])
    sys.exit(status)


if __name__ == "__main__":
    main()

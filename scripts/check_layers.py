#!/usr/bin/env python3
"""Checks that a target imports only what Package.swift lets it depend on, directly.

The compiler's own check lets a target import what its dependencies depend on; the layers of this project are stricter.
And nothing in the library of the Python package imports Foundation, whose tables of ICU would double it: FoundationEssentials
has what is needed.
"""

import json
import pathlib
import re
import subprocess
import sys

IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |private |fileprivate )?import "
                    r"(?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)")


def closure(targets, name):
    """A target and all that it is made of."""
    found, left = set(), [name]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += targets[name].get("target_dependencies", [])
    return found


def main():
    text = subprocess.run(
        ["swift", "package", "describe", "--type", "json"], check=True, capture_output=True, text=True).stdout
    package = json.loads(text[text.index("{"):])
    targets = {target["name"]: target for target in package["targets"]}
    in_python = closure(targets, "ZondaPython")
    wrong = []
    for name, target in targets.items():
        allowed = set(target.get("target_dependencies", [])) | {name}
        for source in target["sources"]:
            path = pathlib.Path(target["path"]) / source
            if path.suffix != ".swift":
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = IMPORT.match(line)
                if match and match.group(1) == "Foundation" and name in in_python:
                    wrong.append(f"{path}:{number}: {name} is in the Python library: import FoundationEssentials")
                if match and match.group(1) in targets and match.group(1) not in allowed:
                    wrong.append(f"{path}:{number}: {name} must not import {match.group(1)}")
    print("\n".join(wrong) if wrong else f"layers: {len(targets)} targets import only what they declare")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

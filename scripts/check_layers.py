#!/usr/bin/env python3
"""Checks that a target imports only what Package.swift lets it depend on, directly.

The compiler's own check lets a target import what its dependencies depend on; the layers of this project are stricter.
"""

import json
import pathlib
import re
import subprocess
import sys

IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public |package |internal |private |fileprivate )?import "
                    r"(?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)")


def main():
    text = subprocess.run(
        ["swift", "package", "describe", "--type", "json"], check=True, capture_output=True, text=True).stdout
    package = json.loads(text[text.index("{"):])
    targets = {target["name"]: target for target in package["targets"]}
    wrong = []
    for name, target in targets.items():
        allowed = set(target.get("target_dependencies", [])) | {name}
        for source in target["sources"]:
            path = pathlib.Path(target["path"]) / source
            if path.suffix != ".swift":
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = IMPORT.match(line)
                if match and match.group(1) in targets and match.group(1) not in allowed:
                    wrong.append(f"{path}:{number}: {name} must not import {match.group(1)}")
    print("\n".join(wrong) if wrong else f"layers: {len(targets)} targets import only what they declare")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

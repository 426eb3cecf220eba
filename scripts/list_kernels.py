#!/usr/bin/env python3
"""Writes Sources/CZondaKernels/sources.c: the texts of all GPU kernels, as C arrays.

    python3 scripts/list_kernels.py           # after adding a file to Kernels/ or a header to include/
    python3 scripts/list_kernels.py --check   # fails when the list is not up to date
"""

import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "Sources/CZondaKernels"
# Not read by kernels.
OWN_HEADERS = {"zonda_kernel_sources.h"}


def text():
    kernels = sorted(p for p in (FOLDER / "Kernels").iterdir() if p.suffix in (".cu", ".cuh"))
    headers = sorted(p for p in (FOLDER / "include").glob("*.h") if p.name not in OWN_HEADERS)
    files = [(p.name, p.relative_to(FOLDER)) for p in kernels + headers]
    lines = ["// Written by scripts/list_kernels.py.", '#include "zonda_kernel_sources.h"', ""]
    for name, path in files:
        lines += [f"static const unsigned char {name.replace('.', '_')}[] = {{",
                  f'#embed "{path}" suffix(, 0)', "};"]
    lines += ["", "#define SOURCE(name, array) {name, array, sizeof array - 1}", "",
              "static const zonda_kernel_source sources[] = {"]
    lines += [f'    SOURCE("{name}", {name.replace(".", "_")}),' for name, _ in files]
    lines += ["};", "", "const zonda_kernel_source *zonda_kernel_sources(size_t *count) {",
              "    *count = sizeof sources / sizeof *sources;", "    return sources;", "}", ""]
    return "\n".join(lines)


def main():
    target = FOLDER / "sources.c"
    if "--check" in sys.argv:
        if target.read_text() != text():
            sys.exit(f"{target.name} is not up to date: run python3 scripts/list_kernels.py")
        return
    target.write_text(text())


if __name__ == "__main__":
    main()

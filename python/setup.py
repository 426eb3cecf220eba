"""Builds the Swift library that the package loads, and a wheel whose tag says what it really needs.

`ZONDA_LIBRARY` names a library that is built already; else Swift builds one from the repository that this folder is in,
with the Swift runtime inside, so that the wheel needs glibc and the C++ runtime only.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # setuptools before 70.1
    from wheel.bdist_wheel import bdist_wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LIBRARY = "libZondaPython.so"


def find_library() -> Path:
    """The library that goes into the package."""
    named = os.environ.get("ZONDA_LIBRARY")
    if named:
        path = Path(named).resolve()
        if not path.is_file():
            sys.exit(f"zonda: ZONDA_LIBRARY names {path}, which is not there")
        return path
    return build_library()


def build_library() -> Path:
    if not (ROOT / "Package.swift").is_file():
        sys.exit(f"zonda: {ROOT} has no Package.swift: install from a clone of the repository (pip install ./python),"
                 " or name a built library in ZONDA_LIBRARY")
    if not shutil.which("swift"):
        sys.exit("zonda: there is no swift in PATH: install Swift 6.2 or later, or name a built library in ZONDA_LIBRARY")
    scratch = ROOT / ".build-wheel"
    command = [
        "swift", "build", "-c", "release", "--product", "ZondaPython", "--scratch-path", str(scratch),
        "-Xswiftc", "-static-stdlib",
        # Nothing but our entry points is seen from outside: no clash with another copy of the same libraries in the
        # process, and the linker drops what they do not reach.
        "-Xlinker", f"--version-script={HERE / 'exports.map'}", "-Xlinker", "--gc-sections", "-Xlinker", "-s",
    ]
    print("zonda:", " ".join(command), flush=True)
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit("zonda: Swift could not build the library; its messages are above (pip install -v shows them)")
    return scratch / "release" / LIBRARY


def glibc_version(library: Path) -> str:
    """The newest version of glibc whose symbols the library needs, such as 2.35."""
    minors = [int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?=[\0.])", library.read_bytes())]
    return f"2.{max(minors, default=17)}"


class BuildWithLibrary(build_py):
    """Copies the Python files, and the library beside them."""

    def run(self) -> None:
        super().run()
        folder = HERE if getattr(self, "editable_mode", False) else Path(self.build_lib)
        target = folder / "zonda" / LIBRARY
        library = find_library()
        if library != target.resolve():
            shutil.copyfile(library, target)


class NativeWheel(bdist_wheel):
    """A wheel for any Python 3 on this kind of machine."""

    def finalize_options(self) -> None:
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):  # type: ignore[no-untyped-def]
        library = Path(self.bdist_dir) / "zonda" / LIBRARY
        if not library.is_file():  # asked before the files are there, or for an editable install
            library = HERE / "zonda" / LIBRARY
        version = glibc_version(library) if library.is_file() else ".".join(platform.libc_ver()[1].split(".")[:2])
        return "py3", "none", f"manylinux_{version.replace('.', '_')}_{platform.machine()}"


class NativeDistribution(Distribution):
    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": NativeWheel}, distclass=NativeDistribution)

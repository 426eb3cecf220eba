"""Reads Prometheus's text exposition format, version 0.0.4, and says what is against its grammar."""
from __future__ import annotations

import re
from typing import NamedTuple

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
_SAMPLE = re.compile(rf"({_NAME})(\{{(?:{_LABEL}(?:,{_LABEL})*,?)?\}})? (\S+)(?: (-?\d+))?")
_COMMENT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.*)")
_KINDS = {"counter", "gauge", "histogram", "summary", "untyped"}


class Sample(NamedTuple):
    name: str
    labels: dict[str, str]
    value: float


class Family(NamedTuple):
    kind: str
    help: str
    samples: list[Sample]


def parse(text: str) -> dict[str, Family]:
    """The families by name; raises `ValueError` for a text that is no exposition."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    kinds: dict[str, str] = {}
    helps: dict[str, str] = {}
    families: dict[str, Family] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if comment := _COMMENT.fullmatch(line):
            table = helps if comment[1] == "HELP" else kinds
            if comment[2] in table:
                raise ValueError(f"line {number}: {comment[1]} of {comment[2]} comes twice")
            if comment[1] == "TYPE" and comment[3] not in _KINDS:
                raise ValueError(f"line {number}: {comment[3]} is no type")
            table[comment[2]] = comment[3]
            continue
        if not line or line.startswith("#"):
            continue
        sample = _SAMPLE.fullmatch(line)
        if not sample:
            raise ValueError(f"line {number} is no sample: {line}")
        base = sample[1]
        if base not in kinds:
            base = re.sub("_(bucket|sum|count)$", "", base)
        if kinds.get(base) is None or (base != sample[1] and kinds[base] != "histogram"):
            raise ValueError(f"line {number}: {sample[1]} has no TYPE before it")
        family = families.setdefault(base, Family(kinds[base], helps.get(base, ""), []))
        labels = dict(re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"', sample[2] or ""))
        entry = Sample(sample[1], labels, float(sample[3]))
        if any((other.name, other.labels) == (entry.name, entry.labels) for other in family.samples):
            raise ValueError(f"line {number}: {line} comes twice")
        family.samples.append(entry)
    return families

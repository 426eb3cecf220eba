"""`/metrics` as Prometheus reads it."""
from __future__ import annotations

from collections import defaultdict

import openai
import pytest

from asking import ask
from prometheus import parse


def test_it_follows_the_grammar(server) -> None:
    reply = server.request("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = parse(reply.text)
    assert all(family.help for family in families.values())
    assert {name.split(":")[0] for name in families} == {"zonda"}


def test_histograms_rise_to_their_count(server, client: openai.OpenAI) -> None:
    ask(client)
    for name, family in parse(server.request("GET", "/metrics").text).items():
        if family.kind != "histogram":
            continue
        buckets = defaultdict(list)
        for sample in family.samples:
            if sample.name == name + "_bucket":
                buckets[sample.labels["model_name"]].append((float(sample.labels["le"]), sample.value))
        counts = {s.labels["model_name"]: s.value for s in family.samples if s.name == name + "_count"}
        for model, series in buckets.items():
            assert series == sorted(series) and [value for _, value in series] == sorted(v for _, v in series)
            assert series[-1] == (float("inf"), counts[model])


def test_counters_count(server, client: openai.OpenAI) -> None:
    def counts() -> dict[str, float]:
        names = ["prompt_tokens_total", "generation_tokens_total", "request_success_total"]
        return {name: server.metric("zonda:" + name) for name in names}

    before = counts()
    usage = ask(client).usage
    after = counts()
    assert after["prompt_tokens_total"] - before["prompt_tokens_total"] == usage.prompt_tokens
    assert after["generation_tokens_total"] - before["generation_tokens_total"] == usage.completion_tokens
    assert after["request_success_total"] - before["request_success_total"] == 1


def test_counters_never_fall(server, client: openai.OpenAI) -> None:
    before = parse(server.request("GET", "/metrics").text)
    ask(client)
    after = parse(server.request("GET", "/metrics").text)
    for name, family in before.items():
        if family.kind == "counter":
            old = {tuple(sorted(s.labels.items())): s.value for s in family.samples}
            new = {tuple(sorted(s.labels.items())): s.value for s in after[name].samples}
            assert all(new[labels] >= value for labels, value in old.items())


@pytest.mark.parametrize("text", [
    "a 1", "a{b=c} 1\n", "# TYPE a wrong\na 1\n", "# TYPE a gauge\na 1\na 1\n", "b 1\n",
    "# TYPE a gauge\n# TYPE a gauge\na 1\n", '# TYPE a gauge\na{b="c\n"} 1\n',
])
def test_the_reader_finds_what_is_wrong(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)

"""What `Runner`'s arguments become, in both spellings. No model is loaded."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, Dict

import pytest

import zonda
from zonda import Architecture, ModelDType, PagedCacheType, Runner, TextAutoMapParams, Which, _options, _pending


def body(which: object = Which.Plain(model_id="a/b"), **arguments: Any) -> Dict[str, Any]:
    defaults = {
        name: parameter.default for name, parameter in inspect.signature(Runner.__init__).parameters.items()
        if name not in ("self", "which")}
    assert not set(arguments) - set(defaults)
    return _options.load_body(which, {**defaults, **arguments})


def test_nothing_but_a_model() -> None:
    assert body() == {
        "which": {"kind": "plain", "model_id": "a/b", "arch": None}, "device": "auto", "prefix_caching": True,
        "deterministic": False, "float32": False, "downloads": True}


def test_which_model() -> None:
    assert body(Which.Plain(model_id="a/b", arch=Architecture.Mistral))["which"]["arch"] == "mistral"
    assert body(Which.Plain("a/b", dtype=ModelDType.F32))["float32"] is True
    assert body(Which.Plain("a/b", tokenizer_json="t.json"))["tokenizer_json"] == "t.json"
    assert body(Which.GGUF(tok_model_id="t", quantized_model_id="q", quantized_filename="f.gguf"))["which"] == {
        "kind": "gguf", "tok_model_id": "t", "quantized_model_id": "q", "quantized_filename": "f.gguf"}


@pytest.mark.parametrize("names", [
    ["m-00002-of-00002.gguf", "m-00001-of-00002.gguf"], "m-00001-of-00002.gguf m-00002-of-00002.gguf",
    "m-00001-of-00002.gguf",
])
def test_a_model_in_several_files_is_found_by_its_first(names: object) -> None:
    which = Which.GGUF(quantized_model_id="q", quantized_filename=names)
    assert body(which)["which"]["quantized_filename"] == "m-00001-of-00002.gguf"


@pytest.mark.parametrize("names", [["a.gguf", "b.gguf"], ["a-00001-of-00002.gguf", "b-00002-of-00002.gguf"], []])
def test_files_of_several_models(names: "list[str]") -> None:
    with pytest.raises(zonda.InvalidRequestError):
        body(Which.GGUF(quantized_model_id="q", quantized_filename=names))


@pytest.mark.parametrize("arguments, length, size", [
    ({"max_seq_len": 4096, "max_batch_size": 2}, 4096, 2),
    ({"auto_map_params": TextAutoMapParams(max_seq_len=4096, max_batch_size=2)}, 4096, 2),
    ({"max_seqs": 8}, None, 8),
    ({"max_seqs": 8, "max_batch_size": 2}, None, 2),
    ({"pa_ctxt_len": 1000}, 1000, None),
    ({"memory_goal": "65536tokens"}, 65536, None),
    ({"memory_goal": "65536tokens", "max_seq_len": 100}, 100, None),
])
def test_what_memory_is_planned_for(arguments: "dict[str, Any]", length: object, size: object) -> None:
    made = body(**arguments)
    assert (made.get("max_seq_len"), made.get("max_batch_size")) == (length, size)
    if "auto_map_params" in arguments:
        assert body(Which.Plain("a/b", **arguments)) == made


@pytest.mark.parametrize("arguments, count", [
    ({"kv_memory": 4096}, 4096), ({"kv_memory": "2GiB"}, 2**31), ({"memory_goal": "4GiB"}, 2**32),
    ({"memory_goal": "512MB"}, 2**29), ({"pa_gpu_mem": 4096}, 2**32), ({"pa_gpu_mem": 0.9}, None),
    ({"memory_goal": 0.9}, None), ({"pa_gpu_mem_usage": 0.9, "pa_blk_size": 32, "paged_attn": True}, None),
    ({"no_kv_cache": True, "no_paged_attn": True, "speculative_gamma": 32}, None),
])
def test_memory_for_keys_and_values(arguments: "dict[str, Any]", count: object) -> None:
    assert body(**arguments).get("kv_byte_count") == count


def test_types_of_keys_and_values_and_the_prefix_cache() -> None:
    assert body(pa_cache_type=PagedCacheType.F8E4M3)["kv_type"] == "fp8"
    assert "kv_type" not in body(pa_cache_type=PagedCacheType.Auto)
    assert body(kv_type="q8_0")["kv_type"] == "q8_0"
    assert body(prefix_cache_n=0)["prefix_caching"] is False


@pytest.mark.parametrize("arguments, device", [
    ({"device_map": ["0:16"]}, "auto"), ({"num_device_layers": ["500"]}, "auto"), ({"device_map": ["1:32"]}, "cuda:1"),
    ({"device_map": ["0:16"], "device": "cpu"}, "cpu"), ({"device": "cuda:3"}, "cuda:3"),
])
def test_one_device(arguments: "dict[str, Any]", device: str) -> None:
    assert body(**arguments)["device"] == device


@pytest.mark.parametrize("name", ["device_map", "num_device_layers"])
def test_a_map_over_several_devices_is_not_there_yet(name: str) -> None:
    with pytest.raises(zonda.UnsupportedError, match="over 2 devices .0:16, 1:16.") as caught:
        body(**{name: ["0:16", "1:16"]})
    assert "leave the map out" in caught.value.remedy


@pytest.mark.parametrize("entries", ["0:16", [], ["x:3"], ["0:-1"], ["0:1", "0:2"], ["0:1.5"]])
def test_a_map_that_makes_no_sense(entries: object) -> None:
    with pytest.raises(zonda.InvalidRequestError):
        body(device_map=entries)


def test_a_map_that_leaves_layers_over(model: str) -> None:
    with pytest.raises(zonda.UnsupportedError, match="a device map of 16 of the model's 30 layers"):
        Runner(which=Which.Plain(model_id=model), device_map=["0:16"], max_seq_len=64)


@pytest.mark.parametrize("name", sorted(_pending.RUNNER_ARGUMENTS))
def test_arguments_for_what_the_engine_lacks(name: str) -> None:
    with pytest.raises(zonda.UnsupportedError, match=name) as caught:
        body(**{name: "4bit"})
    assert caught.value.remedy == _pending.RUNNER_ARGUMENTS[name]


@pytest.mark.parametrize("name", sorted(_pending.WHICH_FIELDS))
def test_fields_for_what_the_engine_lacks(name: str) -> None:
    kinds = [kind for kind in (Which.Plain, Which.GGUF) if name in inspect.signature(kind).parameters]
    assert kinds
    for kind in kinds:
        which = kind("a/b", "x.gguf") if kind is Which.GGUF else kind("a/b")
        setattr(which, name, "x")
        with pytest.raises(zonda.UnsupportedError, match=name):
            body(which)


@pytest.mark.parametrize("name", sorted(_pending.KINDS))
def test_kinds_that_zonda_lacks(name: str) -> None:
    which = getattr(Which, name)(model_id="a", anything=3)
    assert isinstance(which, Which) and repr(which) == f"Which.{name}(model_id='a', anything=3)"
    with pytest.raises(zonda.UnsupportedError, match=f"Which.{name}") as caught:
        Runner(which=which)
    assert caught.value.remedy


def test_templates(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"chat_template": "{{ a }}"}))
    (tmp_path / "t.jinja").write_text("{{ b }}")
    (tmp_path / "bad.json").write_text("[]")
    assert body(chat_template="{{ x }}")["chat_template"] == "{{ x }}"
    assert body(chat_template=str(tmp_path / "t.json"))["chat_template"] == "{{ a }}"
    assert body(chat_template="{{ x }}", jinja_explicit=str(tmp_path / "t.jinja"))["chat_template"] == "{{ b }}"
    with pytest.raises(zonda.TemplateError):
        body(chat_template=str(tmp_path / "bad.json"))
    assert body(chat_template=tmp_path / "t.json")["chat_template"] == "{{ a }}"
    assert body(jinja_explicit=tmp_path / "t.jinja")["chat_template"] == "{{ b }}"
    with pytest.raises(FileNotFoundError):
        body(jinja_explicit=str(tmp_path / "missing.jinja"))
    with pytest.raises(zonda.InputOutputError, match="directory"):
        body(jinja_explicit=str(tmp_path))
    (tmp_path / "latin.jinja").write_bytes(b"\xe9")
    with pytest.raises(zonda.InvalidRequestError, match="UTF-8"):
        body(jinja_explicit=str(tmp_path / "latin.jinja"))


def test_paths_and_names_of_members_do_as_well() -> None:
    which = Which.Plain(Path("/models/x"), arch="Llama", dtype="f32", tokenizer_json=Path("/t.json"))  # type: ignore[arg-type]
    assert which.name == "/models/x"
    made = body(which)
    assert made["which"] == {"kind": "plain", "model_id": "/models/x", "arch": "llama"}
    assert made["float32"] is True and made["tokenizer_json"] == "/t.json"
    which = Which.GGUF(Path("/models"), Path("x.gguf"))  # type: ignore[arg-type]
    assert body(which)["which"]["quantized_filename"] == "x.gguf" and which.name == "/models"
    assert Which.GGUF("/models", [Path("x.gguf")])._to_wire()["quantized_filename"] == "x.gguf"  # type: ignore[list-item]


def test_where_the_token_of_the_hub_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("from-file\n")
    monkeypatch.setenv("MY_TOKEN", "from-env")
    assert "hub" not in body(token_source="cache")

    def token(source: str) -> object:
        hub = body(token_source=source)["hub"]
        assert hub.pop("HF_HUB_DISABLE_IMPLICIT_TOKEN") == ""
        return hub

    assert token("literal: abc") == {"HF_TOKEN": "abc"}
    assert token("env:MY_TOKEN") == {"HF_TOKEN": "from-env"}
    assert token(f"path:{tmp_path / 'token'}") == {"HF_TOKEN": "from-file"}
    assert body(token_source="none")["hub"] == {"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    assert body(Which.Plain("a/b", hf_cache_path="/c"))["hub"] == {"HF_HUB_CACHE": "/c"}
    assert body(downloads=False)["downloads"] is False
    for source in ("literally: hf_secret", "env:NO_SUCH_VARIABLE"):
        with pytest.raises(zonda.InvalidRequestError) as caught:
            body(token_source=source)
        assert "hf_secret" not in str(caught.value)


@pytest.mark.parametrize("arguments", [
    {"paged_attn": True, "no_paged_attn": True}, {"memory_goal": "much"},
    {"device_map": ["0:1"], "num_device_layers": ["1:1"]},
    {"auto_map_params": TextAutoMapParams(1, 1), "which": Which.Plain("a", auto_map_params=TextAutoMapParams(2, 2))},
    {"which": "a/b"}, {"which": None}, {"which": Which.Plain("a", arch="bert")}, {"which": Which.Plain("a", dtype="f99")},
    {"pa_gpu_mem": "4"},
])
def test_arguments_that_contradict_each_other(arguments: "dict[str, Any]") -> None:
    with pytest.raises(zonda.InvalidRequestError):
        body(**arguments)

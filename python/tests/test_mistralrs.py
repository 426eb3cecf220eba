"""A program that is written for mistralrs runs with only its import changed.

The names are those of version 0.9.5, and are checked against it.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

import zonda
from zonda import _pending

from conftest import ROOT, installed

EXAMPLES = sorted((ROOT / "python/tests/examples").glob("*.py"))

#: Names of the module that mistralrs has for what it returns of features that Zonda lacks: no program makes them.
RETURNED_ONLY = {
    "AgenticToolCallRecord", "CalibrationStatus", "File", "FileSource", "LoraAdapterError", "LoraAdapterInfo",
    "LoraResidentGenerationInfo", "LoraRuntimeStatus", "SpeechGenerationResponse", "mistralrs",
}

CHAT_FIELDS = (
    "messages model logprobs n_choices logit_bias top_logprobs max_tokens presence_penalty frequency_penalty"
    " repetition_penalty stop_seqs temperature top_p top_k stream grammar grammar_type min_p tool_schemas tool_choice"
    " dry_multiplier dry_base dry_allowed_length dry_sequence_breakers web_search_options enable_thinking"
    " truncate_sequence reasoning_effort max_tool_rounds tool_dispatch_url enable_code_execution enable_shell"
    " shell_skills agent_permission agent_approval_callback code_execution_permission session_id files input_files"
    " ignore_eos adapter").split()
COMPLETION_FIELDS = (
    "prompt model best_of echo_prompt presence_penalty frequency_penalty repetition_penalty logit_bias max_tokens"
    " n_choices stop_seqs temperature top_p suffix top_k grammar grammar_type min_p tool_schemas tool_choice"
    " dry_multiplier dry_base dry_allowed_length dry_sequence_breakers truncate_sequence ignore_eos adapter").split()
RUNNER_ARGUMENTS = (
    "which max_seqs no_kv_cache prefix_cache_n token_source mtp_model mtp_n_predict chat_template jinja_explicit"
    " num_device_layers in_situ_quant anymoe_config memory_goal pa_blk_size pa_cache_type no_paged_attn paged_attn"
    " seed enable_search search_embedding_model search_callback tool_callbacks mcp_client_config"
    " code_execution_config shell_config").split()


def parameters(kind: Any) -> "list[str]":
    return [name for name in inspect.signature(kind).parameters if name != "self"]


@pytest.mark.parametrize("kind, names", [
    (zonda.ChatCompletionRequest, CHAT_FIELDS), (zonda.CompletionRequest, COMPLETION_FIELDS),
    (zonda.Runner, RUNNER_ARGUMENTS), (zonda.EmbeddingRequest, ["input", "truncate_sequence"]),
])
def test_arguments_have_the_same_names_in_the_same_order(kind: Any, names: "list[str]") -> None:
    assert parameters(kind)[:len(names)] == names


#: The last version for Python 3.9 is 0.3.1, which has other names.
has_mistralrs = pytest.mark.skipif(sys.version_info < (3, 10), reason="mistralrs 0.9 is made for Python 3.10 and later")


@has_mistralrs
@pytest.mark.parametrize("name", ["ChatCompletionRequest", "CompletionRequest", "EmbeddingRequest", "Runner"])
def test_the_names_are_those_of_the_package(name: str) -> None:
    mistralrs = installed("mistralrs")
    names = [part.split("=")[0].strip() for part in
             getattr(mistralrs, name).__text_signature__.strip("()").replace("*, ", "").split(", ")]
    assert parameters(getattr(zonda, name))[:len(names)] == names


@has_mistralrs
def test_everything_that_the_package_has_is_there() -> None:
    mistralrs = installed("mistralrs")
    public = {name for name in dir(mistralrs) if not name.startswith("_")} - RETURNED_ONLY
    assert public - set(dir(zonda)) == set()
    for name in ("Which", "Runner", "Usage", "ResponseMessage", "Choice", "ChunkChoice", "Delta", "Logprobs",
                 "ResponseLogprob", "TopLogprob", "CompletionChoice", "Architecture", "ModelDType", "ToolChoice"):
        theirs = {member for member in dir(getattr(mistralrs, name)) if not member.startswith("_")}
        ours = getattr(zonda, name)
        members = set(dir(ours)) | {field.name for field in (
            dataclasses.fields(ours) if dataclasses.is_dataclass(ours) else ())}
        # Not in its documentation, and the engine does not say which stop it was.
        assert theirs - members - {"stop_sequence"} == set(), name


def test_methods_for_what_zonda_lacks_say_what_to_do() -> None:
    for name, remedy in _pending.METHODS.items():
        with pytest.raises(zonda.UnsupportedError) as caught:
            getattr(zonda.Runner, name)(None, "x", anything=3)
        assert caught.value.remedy == remedy
        assert "UnsupportedError" in getattr(zonda.Runner, name).__doc__


def test_classes_for_what_zonda_lacks_may_be_imported() -> None:
    for name in _pending.CLASSES:
        kind = getattr(importlib.import_module("zonda"), name)
        with pytest.raises(zonda.UnsupportedError, match=name):
            kind(1, x=2)
        with pytest.raises(zonda.UnsupportedError, match=name):
            kind.Member


def test_the_line_of_the_readme(hub: Callable[[str], None]) -> None:
    """With a small model under that name in the hub's cache."""
    hub("mistralai/Mistral-7B-Instruct-v0.1")
    from zonda import Architecture, ChatCompletionRequest, Runner, Which
    runner = Runner(which=Which.Plain(model_id="mistralai/Mistral-7B-Instruct-v0.1", arch=Architecture.Mistral))
    res = runner.send_chat_completion_request(ChatCompletionRequest(
        model="default", messages=[{"role": "user", "content": "Hello!"}], max_tokens=256))
    assert isinstance(res.choices[0].message.content, str) and res.usage.completion_tokens > 0
    runner.close()


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_a_script_for_mistralrs_runs_with_its_import_changed(script: Path, hub: Callable[..., None]) -> None:
    text = script.read_text()
    changed = text.replace("from mistralrs import", "from zonda import")
    assert changed != text
    for model_id, filename in re.findall(r'model_id="([^"]+)"(?:,\s+quantized_filename="([^"]+)")?', text):
        hub(model_id, filename or "model.gguf")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", changed], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = re.search(r"# Prints: (.*)", text)
    assert expected and re.search(expected[1], done.stdout, re.DOTALL), done.stdout

"""`Runner`'s arguments, in Zonda's spelling and in those of `mistralrs`, as the library reads them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence

from . import _pending, errors
from .which import ModelDType, TextAutoMapParams, Which, member

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def load_body(which: object, arguments: Mapping[str, Any]) -> Dict[str, Any]:
    """The body of the call that loads a model.

    Args:
        which: what `Runner` was given.
        arguments: its other arguments by name.
    """
    model = _pending.check_which(which)
    _pending.check(dict(arguments), _pending.RUNNER_ARGUMENTS, "Runner")
    if arguments["paged_attn"] and arguments["no_paged_attn"]:
        raise errors.InvalidRequestError(
            "paged_attn and no_paged_attn are both True", remedy="leave both out: keys and values are always paged")
    params = _map_params(model, arguments["auto_map_params"])
    max_seq_len, kv_bytes = _memory(arguments)
    body: Dict[str, Any] = {
        "which": model._to_wire(),
        "max_seq_len": _first(arguments["max_seq_len"], params.max_seq_len if params else None, max_seq_len),
        "max_batch_size": _first(
            arguments["max_batch_size"], params.max_batch_size if params else None, arguments["max_seqs"]),
        "device": _device(arguments),
        "threads": arguments["threads"],
        "kv_type": _kv_type(arguments),
        "kv_byte_count": kv_bytes,
        "prefix_caching": bool(arguments["prefix_cache_n"]),
        "deterministic": arguments["deterministic"],
        "float32": _dtype(model) is ModelDType.F32,
        "chat_template": _template(arguments["chat_template"], arguments["jinja_explicit"]),
        "tokenizer_json": getattr(model, "tokenizer_json", None),
        "hub": _hub(model, arguments),
        "downloads": arguments["downloads"],
    }
    return {key: value for key, value in body.items() if value is not None}


def _map_params(model: Which, params: Optional[TextAutoMapParams]) -> Optional[TextAutoMapParams]:
    own: Optional[TextAutoMapParams] = getattr(model, "auto_map_params", None)
    if own is not None and params is not None and own != params:
        raise errors.InvalidRequestError(
            f"auto_map_params are {own} in which and {params} in Runner", remedy="give them once")
    return own or params


def _first(*values: Optional[int]) -> Optional[int]:
    return next((value for value in values if value is not None), None)


def _device(arguments: Mapping[str, Any]) -> str:
    entries: Optional[Sequence[str]] = _either(arguments, "device_map", "num_device_layers")
    number = _pending.check_device_map(entries)
    device = str(arguments["device"])
    if number is None or device != "auto":
        return device
    # Number 0 is the first GPU, or the CPU where there is none, which is what "auto" means.
    return "auto" if number == 0 else f"cuda:{number}"


def _either(arguments: Mapping[str, Any], name: str, other: str) -> Any:
    if arguments[name] is not None and arguments[other] is not None and arguments[name] != arguments[other]:
        raise errors.InvalidRequestError(
            f"{name} is {arguments[name]!r} and {other} is {arguments[other]!r}", remedy=f"give {name} only")
    return arguments[name] if arguments[name] is not None else arguments[other]


def _memory(arguments: Mapping[str, Any]) -> "tuple[Optional[int], Optional[int]]":
    """The longest sequence, and the bytes for keys and values, that `memory_goal` and `pa_*` ask for."""
    length: Optional[int] = arguments["pa_ctxt_len"]
    kv_bytes: Optional[int] = arguments["kv_memory"]
    if isinstance(kv_bytes, str):
        kv_bytes = _goal(kv_bytes)[1]
    memory = arguments["pa_gpu_mem"]
    if memory is not None and not isinstance(memory, (int, float)):
        raise errors.InvalidRequestError(f"pa_gpu_mem is {memory!r}", remedy='give a number of MB, or kv_memory="4GiB"')
    if kv_bytes is None and memory is not None and memory > 1:
        kv_bytes = int(memory * 2**20)  # mistralrs counts MB; at most 1 is a share of the GPU, which Zonda plans itself
    goal = arguments["memory_goal"]
    if isinstance(goal, str):
        goal_length, goal_bytes = _goal(goal)
        length = length or goal_length
        kv_bytes = kv_bytes or goal_bytes
    return length, kv_bytes


def _goal(text: str) -> "tuple[Optional[int], Optional[int]]":
    """Reads "65536tokens", or "4GiB", as tokens and bytes."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(tokens?|([kmgt]?)i?b?)\s*", text, re.IGNORECASE)
    if not match:
        raise errors.InvalidRequestError(
            f"{text!r} is no amount of memory", remedy='write "4GiB" or "65536tokens"')
    if match[2].lower().startswith("token"):
        return int(float(match[1])), None
    return None, int(float(match[1]) * _UNITS[match[3].lower()])


def _kv_type(arguments: Mapping[str, Any]) -> Optional[str]:
    kind = arguments["pa_cache_type"]
    if arguments["kv_type"] is None and kind is not None and getattr(kind, "name", kind) == "F8E4M3":
        return "fp8"
    value: Optional[str] = arguments["kv_type"]
    return value


def _dtype(model: Which) -> ModelDType:
    return member(ModelDType, getattr(model, "dtype", ModelDType.Auto), "dtype")


def _template(template: Optional[str], path: Optional[str]) -> Optional[str]:
    """The Jinja text of a template that is given as such, in a file, or in the JSON file that `mistralrs` reads."""
    if isinstance(template, os.PathLike):
        template = os.fspath(template)
    if path is not None:
        return _read(path)
    if template is None or not template.endswith((".json", ".jinja")):
        return template
    text = _read(template)
    if template.endswith(".jinja"):
        return text
    try:
        value = json.loads(text)["chat_template"]
    except (ValueError, KeyError, TypeError) as error:
        raise errors.TemplateError(
            f'{template} is no JSON object with a "chat_template"', remedy="give a .jinja file, or the text") from error
    return str(value)


def _read(path: str) -> str:
    try:
        return Path(path).expanduser().read_text("utf-8")
    except FileNotFoundError as error:
        raise errors.ModelNotFoundError(
            f"there is no file {path}", remedy="give the path of a file that is there") from error
    except OSError as error:
        raise errors.InputOutputError(f"{path} can't be read: {error.strerror}", remedy="give a file of yours") from error
    except UnicodeDecodeError as error:
        raise errors.InvalidRequestError(f"{path} is no text in UTF-8", remedy="give another file") from error


def _hub(model: Which, arguments: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """Variables of the environment to be overridden for this model."""
    overrides: Dict[str, Any] = {}
    cache = getattr(model, "hf_cache_path", None)
    if cache is not None:
        overrides["HF_HUB_CACHE"] = os.path.expanduser(cache)
    source = str(arguments["token_source"])
    kind, _, value = source.partition(":")
    value = value.strip()
    if kind == "none":
        overrides["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = "1"
    elif kind == "literal":
        overrides["HF_TOKEN"] = value
    elif kind == "env":
        if not os.environ.get(value):
            raise errors.InvalidRequestError(
                f"token_source names the variable {value}, which is not set", remedy="set it, or use cache")
        overrides["HF_TOKEN"] = os.environ[value]
    elif kind == "path":
        overrides["HF_TOKEN"] = _read(value).strip()
    elif source != "cache":
        raise errors.InvalidRequestError(
            f"token_source begins with {kind!r}",  # what follows may be a token
            remedy="use cache, none, literal:TOKEN, env:NAME or path:FILE")
    if "HF_TOKEN" in overrides:
        overrides["HF_HUB_DISABLE_IMPLICIT_TOKEN"] = ""  # a token that is named is meant
    return overrides or None

"""What the engine does not do yet, in one place: each entry goes when the engine learns it.

Arguments that have no meaning in Zonda's design are not here; they are accepted, and documented where they are taken.
"""

from __future__ import annotations

from typing import Any, Dict, List, NoReturn, Optional, Sequence, Tuple

from . import errors
from .which import UnsupportedWhich, Which

#: Why a kind of `Which` can't be loaded.
KINDS: Dict[str, str] = {
    "Embedding": "load a text model with Which.Plain or Which.GGUF and call runner.embeddings",
    "XLora": "merge the adapters into the model, and load that with Which.Plain",
    "Lora": "merge the adapter into the model, and load that with Which.Plain",
    "XLoraGGUF": "merge the adapters into the model, and load that with Which.GGUF",
    "LoraGGUF": "merge the adapter into the model, and load that with Which.GGUF",
    "GGML": "convert the file to GGUF, and load it with Which.GGUF",
    "XLoraGGML": "merge the adapters, convert the model to GGUF, and load it with Which.GGUF",
    "LoraGGML": "merge the adapter, convert the model to GGUF, and load it with Which.GGUF",
    "MultimodalPlain": "load a text model with Which.Plain: images and sound are not read",
    "VisionPlain": "load a text model with Which.Plain: images are not read",
    "DiffusionPlain": "use a library that makes images",
    "Speech": "use a library that makes speech",
}

#: Fields of `Which.Plain` and `Which.GGUF` that must be left out.
WHICH_FIELDS: Dict[str, str] = {
    "topology": "leave it out: Zonda places the layers",
    "write_uqff": "leave it out: quantized models are GGUF files",
    "from_uqff": "load a GGUF file of the model with Which.GGUF",
    "imatrix": "load a GGUF file that was made with one",
    "calibration_file": "load a GGUF file that was calibrated",
    "matformer_config_path": "leave it out",
    "matformer_slice_name": "leave it out",
    "mmproj_filename": "leave it out: images are not read",
    "max_edge": "leave it out: images are not read",
    "encoder_cache_memory_bytes": "leave it out: images are not read",
    "adapters": "merge the adapter into the model",
}

#: Arguments of `Runner` that must be left out.
RUNNER_ARGUMENTS: Dict[str, str] = {
    "in_situ_quant": "load a GGUF file of the type that you want (Which.GGUF), or leave it out",
    "mtp_model": "leave it out: answers are the same, one token at a time",
    "mtp_n_predict": "leave it out",
    "which_draft": "leave it out: answers are the same, one token at a time",
    "anymoe_config": "leave it out",
    "enable_search": "search in your program, and put what you found into a message",
    "search_embedding_model": "search in your program, and put what you found into a message",
    "search_bert_model": "search in your program, and put what you found into a message",
    "search_callback": "offer the search as a tool: tool_schemas and tool_callbacks",
    "mcp_client_config": "offer the tools yourself: tool_schemas and tool_callbacks",
    "code_execution_config": "run code in your program, as a tool: tool_schemas and tool_callbacks",
    "shell_config": "run commands in your program, as a tool: tool_schemas and tool_callbacks",
}

#: Fields of requests that must be left out.
REQUEST_FIELDS: Dict[str, str] = {
    "web_search_options": "search in your program, and put what you found into a message",
    "tool_dispatch_url": "call the tool in your program, or give Runner tool_callbacks",
    "enable_code_execution": "run code in your program, as a tool",
    "enable_shell": "run commands in your program, as a tool",
    "shell_skills": "run commands in your program, as a tool",
    "agent_permission": "ask in your tool's callback",
    "agent_approval_callback": "ask in your tool's callback",
    "code_execution_permission": "ask in your tool's callback",
    "session_id": "keep the messages in your program: a prefix that was seen before costs little",
    "files": "have the model write the file's text as its answer",
    "input_files": "put the file's text into a message",
    "adapter": "merge the adapter into the model",
    "suffix": "put both parts into the prompt, as the model's makers say",
}

#: Methods of `mistralrs`'s `Runner`.
METHODS: Dict[str, str] = {
    "send_re_isq": "load a GGUF file of the type that you want",
    "begin_calibration": "load a GGUF file that was calibrated",
    "calibration_status": "load a GGUF file that was calibrated",
    "apply_calibration": "load a GGUF file that was calibrated",
    "generate_image": "use a library that makes images",
    "generate_audio": "use a library that makes speech",
    "load_lora_adapter": "merge the adapter into the model",
    "unload_lora_adapter": "merge the adapter into the model",
    "list_lora_adapters": "merge the adapter into the model",
    "lora_adapter_status": "merge the adapter into the model",
    "export_session": "keep the messages in your program",
    "import_session": "keep the messages in your program",
    "delete_session": "keep the messages in your program",
    "list_session_ids": "keep the messages in your program",
    "find_file": "have the model write the file's text as its answer",
}

#: Classes of `mistralrs` for the above: there to be imported, and an error when they are used.
CLASSES: Tuple[str, ...] = (
    "AgentPermission", "AgentToolApproval", "AgentToolApprovalDecision", "AgentToolApprovalDecisionKind",
    "AgentToolKind", "AgentToolMetadata", "AgentToolSource", "AnyMoeConfig", "AnyMoeExpertType",
    "ApproximateUserLocation", "CodeExecutionConfig", "CodeExecutionPermission", "DiffusionArchitecture",
    "ImageGenerationResponseFormat", "InputFile", "LoraAdapterGeneration", "McpClientConfigPy", "McpServerConfigPy",
    "McpServerSourcePy", "MultimodalArchitecture", "MultimodalAutoMapParams", "NetworkMode", "RequestedFile",
    "SandboxPolicy", "SearchContextSize", "ShellConfig", "ShellSkillMount", "SpeechLoaderType",
    "VisionArchitecture", "VisionAutoMapParams", "WebSearchOptions", "WebSearchUserLocation",
)


def refuse(what: str, remedy: str) -> NoReturn:
    raise errors.UnsupportedError(f"{what} is not supported", remedy=remedy, facts={"feature": what})


def check_which(which: object) -> Which:
    """`which`, if it can be loaded."""
    if not isinstance(which, Which):
        raise errors.InvalidRequestError(
            f"which is {which!r}", remedy="use Which.Plain(model_id=...) or Which.GGUF(...)")
    if isinstance(which, UnsupportedWhich):
        refuse(type(which).__qualname__, KINDS[type(which).__name__])
    check(vars(which), WHICH_FIELDS, type(which).__qualname__)
    return which


def check(values: Dict[str, Any], refused: Dict[str, str], where: str) -> None:
    """Refuses each of `values` that is set and that Zonda lacks."""
    for name, remedy in refused.items():
        if values.get(name) not in (None, False, [], {}):
            refuse(f"{where}({name}=)", remedy)


def parse_device_map(entries: Optional[Sequence[str]]) -> Optional[List[Tuple[int, int]]]:
    """Reads ``["0:16", "1:16"]``, or ``["16"]`` for the first device, as (device, layers)."""
    if entries is None:
        return None
    if isinstance(entries, str) or not entries:
        raise errors.InvalidRequestError(
            f"the device map is {entries!r}", remedy='give a list such as ["0:16", "1:16"]')
    parsed = []
    for entry in entries:
        device, _, layers = str(entry).rpartition(":")
        if not layers.isdecimal() or not (device or "0").isdecimal():
            raise errors.InvalidRequestError(
                f"the device map has the entry {entry!r}", remedy="write DEVICE:LAYERS, such as 0:16")
        parsed.append((int(device or "0"), int(layers)))
    if len({device for device, _ in parsed}) != len(parsed):
        raise errors.InvalidRequestError(
            f"the device map {list(entries)} names a device twice", remedy="give each device one entry")
    return parsed


def check_device_map(entries: Optional[Sequence[str]]) -> Optional[int]:
    """The one device that a map names, or None without a map."""
    parsed = parse_device_map(entries)
    if parsed is None:
        return None
    if len(parsed) > 1:
        refuse(
            f"a device map over {len(parsed)} devices ({', '.join(map(str, entries or ()))})",
            "leave the map out, or name one device that takes all layers; a model that is larger than a GPU runs with"
            " device='cpu'")
    return parsed[0][0]


def check_layer_count(entries: Optional[Sequence[str]], layer_count: int) -> None:
    """Refuses a map that leaves layers over, which `mistralrs` would put on the CPU."""
    parsed = parse_device_map(entries)
    if parsed and sum(layers for _, layers in parsed) < layer_count:
        refuse(
            f"a device map of {parsed[0][1]} of the model's {layer_count} layers",
            f"leave the map out, or let the device take all {layer_count} layers")

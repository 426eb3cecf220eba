"""Which model to load: `Which.Plain`, `Which.GGUF`, and the kinds that `mistralrs` has beside them."""

from __future__ import annotations

import enum
import os
from dataclasses import dataclass
from typing import Any, ClassVar, Dict, List, Optional, Sequence, Type, TypeVar, Union

from . import errors


class Architecture(enum.Enum):
    """A family of models. Rarely needed: it is read from the model.

    The names are those of `mistralrs`, and of the families that it reaches otherwise. A family that Zonda lacks is an
    `UnsupportedError` when a model is loaded.
    """

    Mistral = "mistral"
    Gemma = "gemma"
    Mixtral = "mixtral"
    Llama = "llama"
    Phi2 = "phi2"
    Phi3 = "phi3"
    Qwen2 = "qwen2"
    Gemma2 = "gemma2"
    Starcoder2 = "starcoder2"
    Phi3_5MoE = "phi3.5moe"
    DeepseekV2 = "deepseekv2"
    DeepseekV3 = "deepseekv3"
    Qwen3 = "qwen3"
    GLM4 = "glm4"
    GLM4Moe = "glm4moe"
    GLM4MoeLite = "glm4moelite"
    Qwen3Moe = "qwen3moe"
    SmolLm3 = "smollm3"
    GraniteMoeHybrid = "granitemoehybrid"
    GptOss = "gptoss"
    Qwen3Next = "qwen3next"
    Lfm2 = "lfm2"
    Lfm2Moe = "lfm2_moe"
    HunYuanDenseV1 = "hunyuan_v1_dense"
    HunYuanMoEV1 = "hunyuan_v1_moe"
    Gemma3 = "gemma3"
    Granite = "granite"
    OLMo2 = "olmo2"


class EmbeddingArchitecture(enum.Enum):
    """A family of models that only embed. Zonda has none of them yet; any text model embeds with `Runner.embeddings`."""

    EmbeddingGemma = "embeddinggemma"
    Qwen3Embedding = "qwen3embedding"


class ModelDType(enum.Enum):
    """How activations are computed: `F32` takes float32 for checking, which is slower; the others leave the choice to Zonda.

    Weights keep the type that their file has.
    """

    Auto = "auto"
    BF16 = "bf16"
    F16 = "f16"
    F32 = "f32"


class IsqOrganization(enum.Enum):
    """Which layers in-situ quantization takes; without `in_situ_quant` it has no effect."""

    Default = "default"
    MoQE = "moqe"


class PagedCacheType(enum.Enum):
    """How keys and values are stored on a GPU: `F8E4M3` takes half the memory and costs some fidelity."""

    Auto = 0
    F8E4M3 = 1


@dataclass
class TextAutoMapParams:
    """What memory is planned for: sequences of `max_seq_len` tokens, prompt and answer, `max_batch_size` at a time.

    In Zonda `max_seq_len` is also the longest that a request may be. `Runner(max_seq_len=, max_batch_size=)` says the same.
    """

    max_seq_len: int = 4 * 1024
    max_batch_size: int = 1


@dataclass
class LoraAdapter:
    """An adapter for `Which.Lora`, which Zonda does not have yet."""

    alias: str
    source: str
    revision: Optional[str] = None


class Which:
    """Which model to load.

    ::

        Which.Plain(model_id="Qwen/Qwen3-0.6B")                       # a hub id, a folder, or a .gguf file
        Which.Plain(model_id="/models/mistral-7b", arch=Architecture.Mistral)
        Which.GGUF(quantized_model_id="/models", quantized_filename="qwen2.5-0.5b-q4_k_m.gguf")

    The other kinds are there for scripts that name them; loading one raises `UnsupportedError` with what to do instead.
    """

    # Set below, where they can be subclasses of this class.
    Plain: ClassVar[Type[WhichPlain]]
    GGUF: ClassVar[Type[WhichGGUF]]
    Embedding: ClassVar[Type[UnsupportedWhich]]
    XLora: ClassVar[Type[UnsupportedWhich]]
    Lora: ClassVar[Type[UnsupportedWhich]]
    XLoraGGUF: ClassVar[Type[UnsupportedWhich]]
    LoraGGUF: ClassVar[Type[UnsupportedWhich]]
    GGML: ClassVar[Type[UnsupportedWhich]]
    XLoraGGML: ClassVar[Type[UnsupportedWhich]]
    LoraGGML: ClassVar[Type[UnsupportedWhich]]
    MultimodalPlain: ClassVar[Type[UnsupportedWhich]]
    VisionPlain: ClassVar[Type[UnsupportedWhich]]
    DiffusionPlain: ClassVar[Type[UnsupportedWhich]]
    Speech: ClassVar[Type[UnsupportedWhich]]

    @property
    def name(self) -> str:
        """What the model is called in responses and in `Runner.list_models`."""
        raise NotImplementedError

    def _to_wire(self) -> Dict[str, Any]:
        raise NotImplementedError


@dataclass
class WhichPlain(Which):
    """A folder with safetensors, a ``.gguf`` file, or the id of a model on the Hugging Face hub.

    Args:
        model_id: the folder, file or hub id.
        arch: the family; None to read it from the model.
        tokenizer_json: a ``tokenizer.json`` to use instead of the model's own.
        dtype: see `ModelDType`.
        auto_map_params: what memory is planned for.
        hf_cache_path: a folder to use as the hub's cache, instead of ``HF_HUB_CACHE``.

    `organization` and `repeat_last_n` have no effect. `topology`, `write_uqff`, `from_uqff`, `imatrix`,
    `calibration_file` and `matformer_*` raise `UnsupportedError`.
    """

    model_id: str
    arch: Optional[Architecture] = None
    tokenizer_json: Optional[str] = None
    topology: Optional[str] = None
    organization: Optional[IsqOrganization] = None
    write_uqff: Optional[str] = None
    from_uqff: Union[str, List[str], None] = None
    dtype: ModelDType = ModelDType.Auto
    imatrix: Optional[str] = None
    calibration_file: Optional[str] = None
    hf_cache_path: Optional[str] = None
    matformer_config_path: Optional[str] = None
    matformer_slice_name: Optional[str] = None
    auto_map_params: Optional[TextAutoMapParams] = None
    repeat_last_n: Optional[int] = None

    @property
    def name(self) -> str:
        return self.model_id

    def __post_init__(self) -> None:
        _write_paths(self)

    def _to_wire(self) -> Dict[str, Any]:
        return {
            "kind": "plain", "model_id": self.model_id,
            "arch": None if self.arch is None else member(Architecture, self.arch, "arch").value,
        }


@dataclass
class WhichGGUF(Which):
    """A GGUF file in a folder or in a repository of the hub.

    Args:
        quantized_model_id: the folder or hub id that has the file.
        quantized_filename: its name there; for a model in several files one of them, a list of them, or their names with
            spaces between.
        tok_model_id: a model whose tokenizer and chat template to use; None for the file's own.
        tokenizer_json: a ``tokenizer.json`` to use instead of the file's own.
        auto_map_params: what memory is planned for.
        hf_cache_path: a folder to use as the hub's cache, instead of ``HF_HUB_CACHE``.

    `organization`, `repeat_last_n`, `max_adapters`, `max_rank` and `max_bytes` have no effect. `topology`, `adapters`,
    `mmproj_filename`, `write_uqff`, `imatrix`, `calibration_file`, `max_edge`, `matformer_*` and
    `encoder_cache_memory_bytes` raise `UnsupportedError`.
    """

    quantized_model_id: str
    quantized_filename: Union[str, List[str]]
    tok_model_id: Optional[str] = None
    topology: Optional[str] = None
    dtype: ModelDType = ModelDType.Auto
    tokenizer_json: Optional[str] = None
    mmproj_filename: Union[str, List[str], None] = None
    organization: Optional[IsqOrganization] = None
    write_uqff: Optional[str] = None
    imatrix: Optional[str] = None
    calibration_file: Optional[str] = None
    max_edge: Optional[int] = None
    adapters: Optional[List[LoraAdapter]] = None
    max_adapters: int = 16
    max_rank: int = 256
    max_bytes: int = 8589934592
    hf_cache_path: Optional[str] = None
    matformer_config_path: Optional[str] = None
    matformer_slice_name: Optional[str] = None
    encoder_cache_memory_bytes: Optional[int] = None
    auto_map_params: Optional[TextAutoMapParams] = None
    repeat_last_n: Optional[int] = None

    @property
    def name(self) -> str:
        return self.quantized_model_id

    def __post_init__(self) -> None:
        _write_paths(self)

    def _to_wire(self) -> Dict[str, Any]:
        return {
            "kind": "gguf", "tok_model_id": self.tok_model_id, "quantized_model_id": self.quantized_model_id,
            "quantized_filename": _first_part(self.quantized_filename),
        }


class UnsupportedWhich(Which):
    """A kind of model that Zonda does not have; it takes any arguments, and loading it raises `UnsupportedError`."""

    def __init__(self, *args: object, **arguments: object) -> None:
        self.arguments = arguments

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())})"

    @property
    def name(self) -> str:
        return type(self).__qualname__


Member = TypeVar("Member", bound=enum.Enum)


def member(kind: Type[Member], value: object, name: str) -> Member:
    """A member of an enumeration, that is given as such, by its name or by its value."""
    for member in kind:
        if value in (member, member.name, member.value):
            return member
    raise errors.InvalidRequestError(
        f"{name} is {value!r}", remedy=f"use {kind.__name__}.{f', {kind.__name__}.'.join(kind.__members__)}")


def _write_paths(which: Which) -> None:
    """Paths as text, which is what names of models are."""
    for name, value in vars(which).items():
        if isinstance(value, os.PathLike):
            setattr(which, name, os.fspath(value))


def _first_part(names: Union[str, Sequence[str]]) -> str:
    """Of a model in several files, the first: the others are found by it."""
    if not isinstance(names, str):
        names = [os.fspath(name) for name in names]
    parts = sorted(names.split() if isinstance(names, str) and names.count(".gguf") > 1 else
                   [names] if isinstance(names, str) else names)
    if not parts:
        raise errors.InvalidRequestError("quantized_filename is empty", remedy="name a .gguf file")
    stems = {part.rsplit("-of-", 1)[0].rsplit("-", 1)[0] for part in parts}
    if len(parts) > 1 and (len(stems) > 1 or any("-of-" not in part for part in parts)):
        raise errors.InvalidRequestError(
            f"quantized_filename names several models: {', '.join(parts)}",
            remedy="name the parts of one model, NAME-00001-of-0000N.gguf, or one file")
    return parts[0]


def _kind(name: str) -> Type[UnsupportedWhich]:
    return type(name, (UnsupportedWhich,), {
        "__module__": __name__, "__qualname__": f"Which.{name}", "__doc__": UnsupportedWhich.__doc__})


for _class, _name in ((WhichPlain, "Plain"), (WhichGGUF, "GGUF")):
    _class.__qualname__ = f"Which.{_name}"
    setattr(Which, _name, _class)
for _name in (
    "Embedding", "XLora", "Lora", "XLoraGGUF", "LoraGGUF", "GGML", "XLoraGGML", "LoraGGML", "MultimodalPlain",
    "VisionPlain", "DiffusionPlain", "Speech",
):
    setattr(Which, _name, _kind(_name))

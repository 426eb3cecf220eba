"""NumPy arrays over memory that the library holds, without a copy."""

from __future__ import annotations

import ctypes
import weakref
from typing import TYPE_CHECKING, Any, Mapping

from ._library import Library

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def take(library: Library, event: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """The array of an event ``{"buffer", "shape"}``; its memory is freed with the last array that looks at it."""
    import numpy as np

    shape = tuple(event["shape"])
    count = 1
    for extent in shape:
        count *= extent
    handle = event["buffer"]
    block = (ctypes.c_float * count).from_address(library.floats_address(handle))
    # Every view keeps `block` as its base, so the memory outlives them all.
    weakref.finalize(block, library.free_floats, handle)
    return np.ctypeslib.as_array(block).reshape(shape)

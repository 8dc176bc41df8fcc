"""The functions of the compiled library, with the types of their arguments."""

import ctypes
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch

from core.engines.lanes.cache import Precision, compiled_kernels
from core.engines.lanes.compiler import CompilerError, find_compiler

Call = Callable[[], Any]


class Map(ctypes.Structure):
    """A window on a feature map: the mirror of `native/map.hpp`, where its fields are explained."""

    _fields_ = (
        ("origin", ctypes.c_void_p),
        ("row", ctypes.c_int64),
        ("image", ctypes.c_int64),
        ("channels", ctypes.c_int32),
        ("shared", ctypes.c_int32),
    )


SIZE = "iii"
"""Images, height, width."""
SIGNATURES = {
    "lanes_from_planes": SIZE + "pim",
    "lanes_to_planes": SIZE + "mip",
    "lanes_convolution": SIZE + "immppim",
    "lanes_convolution_gradients": SIZE + "immmpppmmmmp",
    "lanes_pool": SIZE + "mm",
    "lanes_pool_gradient": SIZE + "mmm",
    "lanes_clear": SIZE + "m",
    "lanes_channel_maxima": SIZE + "mp",
    "lanes_transposed": SIZE + "mppm",
    "lanes_transposed_gradients": SIZE + "mmpppmmp",
    "lanes_head": SIZE + "mppmm",
    "lanes_head_gradients": SIZE + "mmpppm",
    "lanes_norm": SIZE + "mppsspppm",
    "lanes_norm_running": SIZE + "mppspppm",
    "lanes_norm_gradients": SIZE + "mmppppm",
    "lanes_losses": "niii" + "ppp" + "ssssss" + "pp",
    "lanes_gather": SIZE + "mpppp",
    "lanes_histogram": "npppp" + "iipp",
    "lanes_measure": SIZE + "mppmpp",
    "lanes_tile": "iiii" + "ipp" + "ii" + "ppp" + "ss" + "pp",
    "lanes_adam": "nppppppp" + "sss",
    "lanes_sgd": "npppppp",
}
"""The arguments of each kernel: i a 32-bit and n a 64-bit whole number, s a number of the kernels'
precision, m a `Map` (or none), p the address of such numbers (or none)."""


class Kernels:
    """A loaded library.

    Args:
        library: a compiled library of `native/`.

    Raises:
        CompilerError: it cannot be loaded.
    """

    def __init__(self, library: Path) -> None:
        self.name = library.stem
        try:
            self._library = ctypes.CDLL(str(library))
            self.lanes: int = self._library.lanes_count()
            double = self._library.lanes_scalar_bytes() == 8
        except (OSError, AttributeError) as error:
            raise CompilerError(
                f"{library}: must be the compiled kernels and does not load ({error}); delete it"
            ) from error
        self.dtype = torch.float64 if double else torch.float32
        types: dict[str, Any] = {
            "i": ctypes.c_int32,
            "n": ctypes.c_int64,
            "s": ctypes.c_double if double else ctypes.c_float,
            "m": ctypes.POINTER(Map),
            "p": ctypes.c_void_p,
        }
        for name, signature in SIGNATURES.items():
            function = getattr(self._library, name)
            function.argtypes = [types[letter] for letter in signature]
            function.restype = None

    @property
    def facts(self) -> dict[str, Any]:
        """What decides the last digits of what is computed: the library, and how it was made."""
        return {"lanes": self.lanes, "kernels": self.name, "compiler": compiler_version()}

    def call(self, name: str, *arguments: Any) -> Call:
        """Return a call of a kernel, to be made any number of times.

        Addresses must stay valid; maps are looked at when the call is made.
        """
        return partial(getattr(self._library, f"lanes_{name}"), *arguments)


@cache
def compiler_version() -> str:
    """Return the first line of what the compiler says of its version."""
    return find_compiler().version.splitlines()[0]


@cache
def kernels(precision: Precision = "float") -> Kernels:
    """Return the kernels for this CPU, compiled now if they never were.

    Raises:
        CompilerError: they cannot be had.
    """
    return Kernels(compiled_kernels(precision))

"""Settings of a whole process are made anew for each run: a reused worker keeps the last run's."""

import ctypes
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEEP_BYTES = 1 << 30


def configure_process(threads: int) -> None:
    """Set the number of threads, choose deterministic algorithms, and keep freed memory.

    Of all this only the choice of algorithms changes numbers, and only those of cuDNN: its
    non-deterministic ones would give the same configuration different results.
    """
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Tell glibc to keep the memory of each step's tensors; without glibc, do nothing.

    Returning it to the system costs about 700 page faults and 7% of a step.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, KEEP_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEEP_BYTES)

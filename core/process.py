"""Settings of a whole process, made anew for each run: a reused worker keeps them otherwise."""

import ctypes
import sys

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEEP_BYTES = 1 << 30


def configure_process(threads: int) -> None:
    """Threads, determinism, and memory that is kept. Changes no number but those of cuDNN, whose
    non-deterministic algorithms would give the same configuration different results."""
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    keep_freed_memory()


def keep_freed_memory() -> None:
    """Tell glibc not to return the tensors of each step to the system, which costs about 700 page
    faults and 7% of a step; elsewhere than on glibc nothing happens."""
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, KEEP_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEEP_BYTES)

"""Other builds of the same sources: every vector width, and one that watches memory."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.engines.lanes.cache import DEFINES, native_sources
from core.engines.lanes.compiler import FLAGS, find_compiler, run_compiler
from core.engines.lanes.kernels import Kernels
from tests.core.engines.lanes.test_same_as_pytorch import FAST, check_one_step, check_twenty_steps
from tests.core.engines.lanes.test_streamed import check_streamed
from tests.core.evaluation.test_evaluate_pack import check_pack
from tests.core.training.test_lane_losses import check_losses
from tests.core.training.test_lane_tiles import check_tiles

INTEL = platform.machine().lower() in ("x86_64", "amd64")
WIDTHS = {"avx2": (("-mavx2", "-mfma"), 4), "sse": ((), 2)}
"""Flags beyond those of every 64-bit Intel CPU, and the lanes of double precision."""
WATCHED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-O1", "-g")


def build(folder: Path, name: str, *flags: str) -> Path:
    library = folder / f"{name}.so"
    find_compiler().compile(native_sources(), library, [*FLAGS, *DEFINES["double"], *flags])
    return library


@pytest.mark.slow
@pytest.mark.skipif(not INTEL, reason="needs an Intel or AMD CPU")
@pytest.mark.parametrize("name", WIDTHS)
def test_narrower_vectors_compute_the_same(name: str, tmp_path: Path) -> None:
    flags, lanes = WIDTHS[name]
    if name == "avx2" and "avx2" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this CPU has no AVX2")
    library = Kernels(build(tmp_path, name, *flags))
    assert library.lanes == lanes
    for case in FAST:
        check_one_step(case, library)
    check_twenty_steps(FAST[3], "adam", library)
    check_twenty_steps(FAST[3], "sgd", library)
    check_losses(library, (1, 5, 7), 5.0, 0)
    check_pack((19, 34), 2, "all", "same", 1, library)
    check_tiles(library)
    check_streamed((64, 16), "all", "same", 1, library, torch.float64)


SCRIPT = """
import sys
from pathlib import Path
import torch
from core.engines.lanes.kernels import Kernels
from tests.core.engines.lanes.test_same_as_pytorch import FAST, check_one_step, check_twenty_steps
from tests.core.training.test_lane_losses import check_losses
from tests.core.evaluation.test_evaluate_pack import check_pack
from tests.core.training.test_lane_tiles import check_tiles
from tests.core.engines.lanes.test_streamed import check_streamed
library = Kernels(Path(sys.argv[1]))
for case in FAST:
    check_one_step(case, library)
check_twenty_steps(FAST[3], "adam", library)
check_twenty_steps(FAST[2], "sgd", library)
check_losses(library, (1, 5, 7), 5.0, 0)
check_pack((19, 34), 2, "all", "same", 1, library)
check_pack((19, 9), 1, "none", "valid", 1, library)
check_tiles(library)
check_streamed((64, 16), "all", "same", 1, library, torch.float64)
check_streamed((204, 188), "none", "valid", 4096, library, torch.float64)
print("watched")
"""


def watched(library: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """Run a script with GCC's sanitizers loaded before everything else."""
    names = ("libasan.so", "libubsan.so")
    runtime = [run_compiler(("g++",), f"-print-file-name={name}").strip() for name in names]
    environment = os.environ | {
        "LD_PRELOAD": " ".join(runtime),
        "ASAN_OPTIONS": "detect_leaks=0",  # Python's own are none of ours
        "PYTHONMALLOC": "malloc",
    }
    return subprocess.run(
        [sys.executable, "-c", script, str(library)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=1200,
    )


@pytest.mark.slow
@pytest.mark.skipif(
    not (sys.platform == "linux" and shutil.which("g++")), reason="needs GCC's sanitizers"
)
def test_no_kernel_leaves_its_memory_or_relies_on_undefined_behaviour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "g++")
    native = "-march=native" if INTEL else "-mcpu=native"
    library = build(tmp_path, "watched", native, *WATCHED)
    run = watched(library, SCRIPT)
    assert run.returncode == 0, run.stderr[-4000:]
    assert run.stdout.strip() == "watched"
    assert "runtime error" not in run.stderr
    beyond = SCRIPT.replace(
        "for case in FAST:",
        "from core.engines.lanes.maps import Workspace\n"
        "small = Workspace(1, library.lanes, torch.float64).take(4, 4, 1, 0)\n"
        'library.call("clear", 1, 4, 5, small.window)()\n'
        "for case in FAST:",
    )
    caught = watched(library, beyond)
    assert caught.returncode != 0, "the sanitizer must see a write beyond a map"
    assert "AddressSanitizer: heap-buffer-overflow" in caught.stderr

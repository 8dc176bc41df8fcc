"""A finished run's network applied to a TIFF, and the run's picture."""

import json
import subprocess
import sys
import time
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile

from core import predict
from core.config import RunConfig
from core.evaluation.evaluate import normalised
from core.evaluation.overlap import whole_slice_logits
from core.evaluation.picture import picture, stretched
from core.losses import logit_difference
from core.networks import build_network, network_from_weights, weights_of
from core.prediction.trained_network import threshold_of
from core.unet import KUNet
from results.ledger.ledger import Ledger
from tests.core.builders import dead_network, tiny_config
from tests.core.prediction.conftest import VOLUMES, ledger_of


def run_id(out: Path) -> str:
    return Ledger(str(out)).runs().to_pylist()[0]["run_id"]


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    path = tmp_path / "cells.tif"
    grey = np.random.default_rng(0).normal(VOLUMES.mean, VOLUMES.std, (2, 45, 70))
    tifffile.imwrite(path, np.clip(np.rint(grey), 0, 255).astype(np.uint8))
    return path


def command(out: Path, stack: Path, *more: str) -> int:
    return predict.main(
        [run_id(out), str(stack), "--out", str(out), "--to", str(stack.parent / "to"), *more]
    )


def test_it_writes_what_the_network_says_of_the_slice(out: Path, stack: Path) -> None:
    assert command(out, stack, "--tile", "240") == 0
    probabilities = tifffile.imread(stack.parent / "to" / "cells_probabilities.tif")
    mask = tifffile.imread(stack.parent / "to" / "cells_mask.tif")
    assert probabilities.shape == mask.shape == (2, 45, 70)
    assert (probabilities.dtype, mask.dtype) == (np.float32, np.uint8)
    row = Ledger(str(out)).runs().to_pylist()[0]
    config = RunConfig.from_dict(json.loads(row["config"]))
    network = network_from_weights(config, Ledger(str(out)).weights(row["run_id"]))
    images = normalised(tifffile.imread(stack), VOLUMES, next(network.parameters()).device)
    z = logit_difference(whole_slice_logits(network, images)).detach().numpy()
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-z)), atol=1e-4)
    sure = np.abs(z - row["validation_threshold"]) > 1e-3
    assert np.array_equal((mask == 255)[sure], (z > row["validation_threshold"])[sure])


def test_the_mask_is_above_the_given_probability_or_the_one_of_the_run(
    out: Path, stack: Path
) -> None:
    masks = stack.parent / "to" / "cells_mask.tif"
    probabilities = stack.parent / "to" / "cells_probabilities.tif"
    assert command(out, stack, "--tile", "240", "--threshold", "0.4") == 0
    assert np.array_equal(tifffile.imread(masks) == 255, tifffile.imread(probabilities) > 0.4)
    assert threshold_of(0.5, {"validation_threshold": -3.0}) == 0
    assert threshold_of(None, {"validation_threshold": -3.0}) == -3
    assert threshold_of(None, {"validation_threshold": None}) == 0


def test_files_that_are_there_are_kept_unless_asked(
    out: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(out, stack, "--tile", "240") == 0
    assert command(out, stack, "--tile", "240") == 2
    assert "is there already" in capsys.readouterr().err
    assert command(out, stack, "--tile", "240", "--overwrite", "--threshold", "0.9") == 0
    assert sorted(path.name for path in (stack.parent / "to").iterdir()) == [
        "cells_mask.tif",
        "cells_probabilities.tif",
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["--tile", "100"], "tile=100"),
        (["--threshold", "1.5"], "--threshold 1.5"),
        (["--to", "/proc/nowhere"], "/proc/nowhere"),
        (["--to", __file__], "cannot be written"),
        (["--out", "/nowhere"], "--out /nowhere: no such directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    out: Path, stack: Path, changes: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(out, stack, *changes) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert len(error.splitlines()) == 1


def test_an_image_that_is_not_there_is_said_to_be_so(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(out, tmp_path / "nowhere.tif") == 2
    assert "nowhere.tif: cannot be read (no such file" in capsys.readouterr().err


def test_what_is_no_image_is_refused_with_both_kinds_that_are_read(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    assert command(out, tmp_path / "notes.txt") == 2
    error = capsys.readouterr().err
    assert "notes.txt: damaged or not a TIFF file" in error
    assert error.endswith("; a PNG file is read too, if its name ends with .png\n")


@pytest.mark.parametrize("name", ["0000", "../x", "zz", ""])
def test_an_unknown_run_is_named(
    out: Path, stack: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert predict.main([name, str(stack), "--out", str(out)]) == 2
    assert f"'{name}'" in capsys.readouterr().err


def test_weights_that_were_exchanged_are_refused(
    out: Path, stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = Ledger(str(tmp_path / "copy"))
    row = Ledger(str(out)).runs().to_pylist()[0]
    other = weights_of(build_network(tiny_config(VOLUMES, init_seed=9)))
    copy.put_run(row, [], other)
    arguments = [row["run_id"], str(stack), "--out", str(tmp_path / "copy")]
    assert predict.main(arguments) == 2
    assert "not those that the run recorded" in capsys.readouterr().err


def test_a_run_without_its_grey_values_is_refused(
    out: Path, stack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    older = Ledger(str(tmp_path / "older"))
    row = Ledger(str(out)).runs().to_pylist()[0]
    older.put_run(row | {"grey_mean": None}, [], Ledger(str(out)).weights(row["run_id"]))
    arguments = [row["run_id"], str(stack), "--out", str(tmp_path / "older")]
    assert predict.main(arguments) == 2
    assert "is of an older version" in capsys.readouterr().err


def test_the_picture_shows_image_annotation_and_prediction(out: Path) -> None:
    content = (out / "predictions" / f"{run_id(out)}.png").read_bytes()
    shown = imagecodecs.png_decode(content)
    height, width = VOLUMES.testing.images.shape[1:]
    assert shown.shape == (height, 3 * width + 2 * 8)
    middle = VOLUMES.testing.masks[len(VOLUMES.testing.masks) // 2]
    assert np.array_equal(shown[:, width + 8 : 2 * width + 8], 255 * middle)


@pytest.mark.parametrize(("logit", "grey"), [(0.0, 128), (50.0, 255), (float("nan"), 0)])
def test_a_constant_answer_is_one_grey(logit: float, grey: int) -> None:
    network: KUNet = dead_network(logit)
    shown = imagecodecs.png_decode(picture(network, VOLUMES))
    width = VOLUMES.testing.images.shape[2]
    assert set(shown[:, -width:].flatten().tolist()) == {grey}
    assert network.training


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("constant", "collapsed (constant)"),
        ("flat", "collapsed (flat)"),
        ("uninformative", "did not learn (uninformative)"),
        ("learned", None),
    ],
)
def test_the_mask_of_a_run_that_did_not_learn_is_warned_of(
    outcome: str, said: str | None, tmp_path: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ledger_of(outcome, tmp_path / "outputs")
    assert command(out, stack, "--tile", "240") == 0
    told = capsys.readouterr().err
    if said is None:
        assert "warning" not in told
    else:
        assert f"warning: run {run_id(out)} {said}: its mask says nothing of the image" in told


def test_grey_values_unlike_the_training_slices_are_told(
    out: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(stack, VOLUMES.testing.images, photometric="minisblack")
    assert command(out, stack, "--tile", "240") == 0
    assert "warning" not in capsys.readouterr().err
    odd = np.stack([VOLUMES.testing.images[0], np.zeros((32, 32), np.uint8)])
    tifffile.imwrite(stack, np.concatenate([odd, 255 - odd]), photometric="minisblack")
    assert command(out, stack, "--tile", "240", "--overwrite") == 0
    lines = capsys.readouterr().err.splitlines()
    assert f"warning: {stack}: slices 2, 4 of 4: one grey value only (0 to 255)" in lines[0]
    assert f"warning: {stack}: slice 3 of 4: mean grey 15" in lines[1]
    assert len(lines) == 2


@pytest.mark.parametrize("kind", ["PNG", "folder", "int16", "float32"])
def test_every_kind_of_image_gets_the_answer_of_the_stack(
    out: Path, stack: Path, kind: str
) -> None:
    grey = tifffile.imread(stack)[:1, :20, :20]
    tifffile.imwrite(stack, grey)
    assert command(out, stack, "--tile", "240") == 0
    image = stack.with_name("same.png" if kind == "PNG" else "same")
    if kind == "PNG":
        image.write_bytes(imagecodecs.png_encode(grey[0]))
    elif kind == "folder":
        image.mkdir()
        (image / "slice2.png").write_bytes(imagecodecs.png_encode(grey[0]))
    else:
        image = stack.with_name("same.tif")
        tifffile.imwrite(image, grey.astype(kind))
    assert command(out, image, "--tile", "240") == 0
    for what in ("probabilities", "mask"):
        one, other = (stack.parent / f"to/{name}_{what}.tif" for name in ("cells", "same"))
        np.testing.assert_array_equal(tifffile.imread(one), tifffile.imread(other))


def test_an_image_that_holds_no_numbers_is_one_line(
    out: Path, stack: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite(stack, np.full((1, 20, 20), np.nan, np.float32))
    assert command(out, stack, "--tile", "240") == 2
    assert "cells.tif: NaN or infinite grey values" in capsys.readouterr().err


def test_compressed_files_hold_the_same_and_less(out: Path, stack: Path) -> None:
    assert command(out, stack, "--tile", "240") == 0
    plain = {path.name: path for path in (stack.parent / "to").iterdir()}
    contents = {name: tifffile.imread(path) for name, path in plain.items()}
    sizes = {name: path.stat().st_size for name, path in plain.items()}
    assert command(out, stack, "--tile", "240", "--compress", "--overwrite") == 0
    for name, path in plain.items():
        with tifffile.TiffFile(path) as file:
            assert len(file.series) == 1
            np.testing.assert_array_equal(file.asarray(), contents[name])
        assert path.stat().st_size < sizes[name]


def test_a_picture_shows_small_grey_values_too() -> None:
    grey = np.array([[0.0, 0.25, 0.5]], np.float32)
    assert stretched(grey).tolist() == [[0, 128, 255]]
    assert stretched(np.full((1, 2), 7, np.float32)).tolist() == [[0, 0]]


LITTLE_MEMORY = """
import resource, sys
import torch
from pathlib import Path
from core import predict
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150 * 2**20, resource.RLIM_INFINITY))
sys.exit(predict.main(sys.argv[1:]))
"""


def test_a_tile_that_does_not_fit_into_memory_is_one_line(out: Path, tmp_path: Path) -> None:
    """In a process of its own: one that was short of memory once goes on without some of oneDNN."""
    image = tmp_path / "large.png"
    image.write_bytes(imagecodecs.png_encode(np.full((2048, 2048), 100, np.uint8)))
    where = ["--out", str(out), "--to", str(tmp_path / "to"), "--tile", "99999968"]
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_MEMORY, run_id(out), str(image), *where],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: --tile 99999968: there is not enough memory for tiles")
    assert not list((tmp_path / "to").iterdir())


def test_a_terminated_prediction_leaves_no_file(out: Path, tmp_path: Path) -> None:
    image = tmp_path / "many.tif"
    tifffile.imwrite(image, np.full((3000, 64, 64), 100, np.uint8))
    to = tmp_path / "to"
    call = [run_id(out), image, "--out", out, "--to", to, "--tile", "240"]
    process = subprocess.Popen(
        [sys.executable, "-m", "core.predict", *map(str, call)], stderr=subprocess.PIPE, text=True
    )
    while not (to.is_dir() and list(to.iterdir())):
        assert process.poll() is None
        time.sleep(0.02)
    process.terminate()
    errors = process.communicate()[1]
    assert (process.returncode, list(to.iterdir())) == (130, [])
    assert errors.endswith("interrupted; nothing was written\n")

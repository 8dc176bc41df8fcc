"""Untrained networks: which kinds a study has, how many are born dead, nothing screened twice."""

import json
from pathlib import Path

import pytest
import torch

from core.config import Init, RunConfig
from core.data.sources import Volumes
from core.evaluation.evaluate import evaluate
from core.training.born_dead import SLICES, born_dead, born_dead_bound, shown_images
from core.training.initial import initial_network
from results.ledger.storage import Storage
from searchspaces.axes import Axis
from study.catalogue import born_dead as catalogue
from study.planning.screening import screen, screened_cells
from study.screen import main
from tests.core.builders import squares_volumes


@pytest.fixture(scope="module")
def volumes() -> Volumes:
    return squares_volumes(shape=(32, 48))


def test_cells_are_the_kinds_of_untrained_networks() -> None:
    axes = (Axis("width", (1, 2)), Axis("lr", (0.1, 0.2)), Axis("padding", ("same", "valid")))
    cells = screened_cells(catalogue.STUDY, axes)
    assert [values for values, _ in cells] == [
        {"width": width, "padding": padding} for padding in ("same", "valid") for width in (1, 2)
    ]
    assert {config.init_block for _, config in cells} == {"expansive.0"}


@pytest.mark.parametrize("init", ["torch", "he", "sign_flip"])
def test_a_network_is_born_dead_where_its_run_would_begin_constant(
    volumes: Volumes, init: Init
) -> None:
    """A run looks at whole testing slices: here those that the network was shown."""
    config = RunConfig(width=1, init=init, tile=32)
    found = list(born_dead(config, volumes, range(60 if init == "torch" else 20)))
    scaled = volumes.scaled("z-score")
    shown = scaled.training.evenly_spaced(SLICES)
    for seed, dead in enumerate(found):
        network = initial_network(config.replaced(init_seed=seed), scaled)
        assert dead == evaluate(network, scaled, scaled.validation, shown).constant
    assert any(found) == (init == "torch")


def test_the_bound_is_that_of_four_layers_and_holds(volumes: Volumes) -> None:
    for width, bound in ((1, 1 - 0.5**4), (2, 1 - 0.75**4)):
        config = RunConfig(width=width, tile=32)
        assert born_dead_bound(config) == pytest.approx(bound)
        found = list(born_dead(config, volumes, range(200)))
        assert sum(found) / 200 < bound
    assert born_dead_bound(RunConfig(init="asymmetric")) is None
    assert born_dead_bound(RunConfig(batch_norm="all")) is None


def test_what_is_known_is_not_screened_again(volumes: Volumes, tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    cells = screened_cells(catalogue.STUDY, (Axis("width", (1,)),))
    steps: list[int] = []
    (first,) = screen(cells, volumes, 20, storage, steps.append)
    (again,) = screen(cells, volumes, 30, storage, steps.append)
    assert steps == [0, *[1] * 20, 20, *[1] * 10]
    (fewer,) = screen(cells, volumes, 20, storage, steps.append)
    assert (fewer, again.total) == (first, 30)
    (file,) = (tmp_path / "ledger/screenings").iterdir()
    file.write_bytes(b"damaged")
    assert screen(cells, volumes, 30, storage, steps.append) == [again]


def test_the_images_fit_the_network(volumes: Volumes) -> None:
    assert shown_images(RunConfig(tile=32), volumes).shape[-2:] == (32, 48)
    large = squares_volumes(shape=(300, 260))
    config = RunConfig(padding="valid", tile=252)
    assert shown_images(config, large).shape[-2:] == (252, 252)
    assert torch.isfinite(shown_images(config, large)).all()


def test_the_command_prints_a_line_a_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["born_dead", "--only", "width=1", "--only", "batch_norm=none", "--out"]
    arguments += [str(tmp_path), "--only", "init=torch", "--networks", "3"]
    assert main([*arguments, "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)
    assert {(cell["input_scale"], cell["padding"]) for cell in cells} == {
        (scale, padding) for scale in ("z-score", "unit") for padding in ("same", "valid")
    }
    assert all(cell["total"] == 3 and cell["bound"] == 0.9375 for cell in cells)
    assert main(arguments) == 0
    assert "born_dead: 4 cells, 3 networks each" in capsys.readouterr().out
    assert main(["born_dead", "--only", "widht=1"]) == 2
    assert "did you mean 'width'" in capsys.readouterr().err
    assert main(["born_dead", "--networks", "100001"]) == 2
    assert "--networks 100001: must be a whole number, 1 to 100000" in capsys.readouterr().err
    assert main(["born_dead", "--only", "width=3"]) == 2
    assert "--axis width=3 adds it" in capsys.readouterr().err


def test_an_axis_is_added_to_what_is_screened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["born_dead", "--networks=2", "--only=width=1", "--only=init=torch", "--json"]
    words += ["--only=padding=same", "--only=batch_norm=none", f"--out={tmp_path}"]
    assert main([*words, "--axis=input_scale=symmetric"]) == 0
    scales = [cell["input_scale"] for cell in json.loads(capsys.readouterr().out)]
    assert scales == ["z-score", "unit", "symmetric"]
    assert main([*words, "--axis=lr=0.1,0.2"]) == 2
    assert "--axis lr: untrained networks do not depend on it; of width" in capsys.readouterr().err

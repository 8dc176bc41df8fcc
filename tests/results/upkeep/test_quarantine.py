"""A repair deletes nothing, leaves nothing to find, and goes no further than it has to."""

import os
import shutil
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from results.check import main
from results.compact import compact
from results.errors import LedgerWarning
from results.ledger.layout import CURVES_FOLDER, RUNS_FOLDER
from results.ledger.ledger import Ledger
from results.ledger.schema import RUNS
from results.upkeep.inspection import inspect_ledger
from results.upkeep.quarantine import Quarantine
from tests.results.examples import (
    CURVE,
    put_valid_run,
    study_record,
    valid_run,
    weights_of,
)
from tests.results.processes import assert_killed
from tests.results.upkeep.valid_ledger import (
    CURVE_FILE,
    ROW,
    RUN,
    WEIGHTS,
    assert_repaired,
    contents,
    cut,
    edit,
    put_valid_ledger,
    quarantined_files,
    said,
    shard_of,
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A valid ledger of three runs with all that can be there."""
    put_valid_ledger(tmp_path)
    return tmp_path


def test_an_edited_row_does_not_take_a_valid_copy_along(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shard_of(out, RUNS_FOLDER).read_bytes()
    compact(str(out))
    (out / ROW).write_bytes(own)
    edit(out / ROW, lambda rows: rows[0].update(width=64), RUNS)
    assert_repaired(out, capsys, "is not as it was written", [ROW])
    assert Ledger(str(out)).finished([RUN]) == {RUN}


def test_without_its_curves_every_run_is_trained_again(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact(str(out))
    shard_of(out, CURVES_FOLDER).write_bytes(b"PAR1")
    assert main([str(out), "--repair"]) == 0
    assert "4 findings" in said(capsys)
    assert Ledger(str(out)).runs().num_rows == 0
    assert main([str(out)]) == 0


def test_of_two_copies_that_differ_the_one_that_is_read_stays(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compact(str(out))
    rows, curves = (shard_of(out, folder) for folder in (RUNS_FOLDER, CURVES_FOLDER))
    ledger = Ledger(str(out))
    row = valid_run(0, test_loss_min=0.125)
    ledger.put_run(row, [{**point, "iou": 0.5} for point in CURVE], weights_of(row))
    before = contents(out)
    assert main([str(out), "--repair"]) == 0
    assert said(capsys).count("with other values") == 2
    assert quarantined_files(out) == [
        f"{CURVES_FOLDER}/{curves.name}",
        f"{RUNS_FOLDER}/{rows.name}",
    ]
    assert before <= contents(out)
    assert main([str(out)]) == 0
    assert ledger.runs([RUN]).column("test_loss_min").to_pylist() == [0.125]
    assert ledger.runs().num_rows == 3


def test_a_link_to_a_file_elsewhere_is_quarantined_and_not_followed(
    out: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "private.png"
    elsewhere.write_bytes(b"private")
    name = "predictions/x.png"
    (out / name).symlink_to(elsewhere)
    assert main([str(out), "--repair"]) == 0
    assert "is a link to a file outside" in said(capsys)
    assert main([str(out)]) == 0
    assert elsewhere.read_bytes() == b"private"


def test_weights_on_another_disk_are_verified_and_stay_there(
    out: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    disk = tmp_path_factory.mktemp("disk") / "weights"
    (out / "weights").rename(disk)
    (out / "weights").symlink_to(disk)
    assert main([str(out)]) == 0
    (disk / f"{RUN}.safetensors").write_bytes(b"damaged")
    capsys.readouterr()
    assert main([str(out), "--repair"]) == 1
    assert "out of the ledger; move the damaged file away by hand" in capsys.readouterr().err
    assert (disk / f"{RUN}.safetensors").read_bytes() == b"damaged"
    assert quarantined_files(out) == [ROW]
    assert main([str(out)]) == 0


def test_a_folder_where_weights_should_be_is_quarantined(out: Path) -> None:
    (out / WEIGHTS).unlink()
    (out / WEIGHTS / "deeper").mkdir(parents=True)
    assert main([str(out), "--repair"]) == 0
    assert main([str(out)]) == 0


def test_what_was_written_anew_meanwhile_is_left(out: Path) -> None:
    ledger = Ledger(str(out))
    edit(out / ROW, lambda rows: rows[0].update(width=64), RUNS)
    inspection = inspect_ledger(ledger, lambda: None)
    put_valid_run(ledger, 0)
    with pytest.warns(
        LedgerWarning, match=f"{RUN}.parquet is left where it is: it was changed since"
    ):
        Quarantine(ledger.storage).add(
            [p for finding in inspection.findings for p in finding.parts]
        )
    assert ledger.finished([RUN]) == {RUN}


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
def test_a_killed_repair_deletes_nothing_and_is_finished_by_the_next(out: Path, step: int) -> None:
    compact(str(out))
    cut(WEIGHTS)(out)
    before = contents(out)
    assert_killed(step, out, "results.check", out, "--repair")
    assert before <= contents(out)
    main([str(out), "--repair"])
    assert before <= contents(out)
    assert main([str(out)]) == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("name", [ROW, CURVE_FILE, WEIGHTS, f"predictions/{RUN}.png"])
def test_what_may_not_be_read_is_a_finding_that_is_left_alone(
    out: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (out / name).chmod(0)
    assert main([str(out), "--repair"]) == 1
    found = said(capsys)
    assert f"{name}: cannot be read" in found
    assert "--repair leaves it alone; make it readable and check again" in found
    assert "1 finding" in found
    assert not (out / "aside").exists()


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid ledger as single files and the same compacted, not to be written to."""
    both = tmp_path_factory.mktemp("valid")
    for layout in ("single", "compacted"):
        for seed in range(2):
            put_valid_run(Ledger(str(both / layout)), seed)
        Ledger(str(both / layout)).put_study(study_record([({"width": 2}, 1, RUN)]))
    compact(str(both / "compacted"))
    return both


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layout=st.sampled_from(["single", "compacted"]), data=st.data())
def test_after_a_repair_there_is_nothing_to_find_and_nothing_is_gone(
    valid: Path, capsys: pytest.CaptureFixture[str], layout: str, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        shutil.copytree(valid / layout, out)
        files = sorted(path for path in out.rglob("*") if path.is_file())
        originals = [path.read_bytes() for path in files]
        for path in data.draw(st.lists(st.sampled_from(files), min_size=1, max_size=4)):
            content = path.read_bytes() if path.exists() else b""
            match data.draw(st.sampled_from(["gone", "cut", "flipped", "another's", "anything"])):
                case "gone":
                    path.unlink(missing_ok=True)
                case "cut":
                    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
                case "flipped" if content:
                    place = data.draw(st.integers(0, len(content) - 1))
                    flipped = bytes([content[place] ^ 1 << data.draw(st.integers(0, 7))])
                    path.write_bytes(content[:place] + flipped + content[place + 1 :])
                case "another's":
                    path.write_bytes(data.draw(st.sampled_from(originals)))
                case _:
                    path.write_bytes(data.draw(st.binary(max_size=50)))
        before = contents(out)
        capsys.readouterr()
        assert main([str(out), "--repair"]) == 0
        assert before <= contents(out)
        assert main([str(out)]) == 0
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Ledger(str(out)).runs()
            Ledger(str(out)).curves()

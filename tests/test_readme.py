"""What README and docs say holds: files exist, Python blocks run, shell lines are understood.

No block is skipped: Python is executed against a small ledger of real shards, in the order of its
page; a shell line that trains or downloads nothing is run, any other is read by its real parser.
"""

import importlib
import re
import shlex
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import matplotlib as mpl
import numpy as np
import pytest
import tifffile

from core.config import RunConfig
from core.data.sources import PhantomSource
from core.run_row import config_columns
from results.ledger.digest import sha256_of
from results.ledger.ledger import Ledger
from study.cli import GROUP
from study.cli import main as study
from study.discovery import find_study
from study.requesting import request_study

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))),
]
MOST_WORDS = 900
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r'\]\(([^)#]+)[^)]*\)|(?:src|href)="([^"#]+)"')
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|yml|toml|txt))`")
SAVED = re.compile(
    r"Save this as `([\w.]+)`[^\n]*\n+```python\n(.*?)^```$", re.MULTILINE | re.DOTALL
)

WEIGHTS = b"some weights"

IN_THE_LEDGER = {"status", "temperature_seeds", "outputs"}
"""An example about these can be run on the small ledger, if it is one of these commands:"""
HARMLESS = {"report", "status", "check", "compact"}
INSTEAD_OF_TRAINING = {"--dry-run", "--list", "--describe", "--fields", "--no-probe"}
"""With these no command trains."""


def text_of(page: str) -> str:
    return (ROOT / page).read_text()


def blocks(page: str, *languages: str) -> list[str]:
    return [code for language, code in BLOCK.findall(text_of(page)) if language in languages]


def shell_lines(page: str) -> list[list[str]]:
    """Each command of the page's shell blocks as its words, comments left out."""
    lines = "".join(blocks(page, "sh")).splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def test_the_readme_is_read_in_five_minutes() -> None:
    assert len(text_of("README.md").split()) <= MOST_WORDS


@pytest.mark.parametrize("page", PAGES)
def test_every_block_has_a_language_that_is_checked(page: str) -> None:
    assert {language for language, _ in BLOCK.findall(text_of(page))} <= {"python", "sh", "text"}
    assert text_of(page).count("```") == 2 * len(BLOCK.findall(text_of(page)))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file(page: str) -> None:
    links = [one or other for one, other in LINK.findall(text_of(page))]
    local = [link for link in links if "://" not in link]
    missing = [link for link in local if not (ROOT / page).parent.joinpath(link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page: str) -> None:
    named = [path for path in PATH.findall(text_of(page)) if "NAME" not in path]
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_the_files_on_the_way_of_a_run_are_counted() -> None:
    way = text_of("docs/architecture.md").partition("## The way of one run")[2]
    way = way.partition("\n## ")[0]
    counted = re.search(r"(\d+) files", way)
    assert counted is not None
    assert len(set(PATH.findall(way))) == int(counted[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with what the pages suppose: results in `outputs`, and files they speak of."""
    folder = tmp_path_factory.mktemp("reader")
    put_results(folder / "outputs")
    put_volumes(folder / "data/epfl-hippocampus")
    for page in PAGES:
        for name, code in SAVED.findall(text_of(page)):
            (folder / name).write_text(code)
    return folder


def put_results(out: Path) -> None:
    """The study `temperature_seeds` at two temperatures with ten seeds, teacher included."""
    request = request_study(
        find_study("temperature_seeds"),
        PhantomSource(),
        "laptop",
        seeds=[(seed, seed) for seed in range(10)],
        only=["temperature=1,5"],
        sets=[],
    )
    ledger = Ledger(str(out))
    for number, config in enumerate(request.distinct.values()):
        ledger.put_run(row_of(config, number), curve_of(config), WEIGHTS)
    ledger.put_study(request.record())


def put_volumes(folder: Path) -> None:
    """Four volumes as small as the tiles of profile `laptop` allow."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for volume, depth in (("training", 12), ("testing", 2)):
        grey = rng.integers(0, 255, (depth, 256, 256), dtype=np.uint8)
        tifffile.imwrite(folder / f"{volume}.tif", grey)
        tifffile.imwrite(folder / f"{volume}_groundtruth.tif", (grey < 20).astype(np.uint8) * 255)


def outcome_of(config: RunConfig) -> str:
    return "constant" if config.needs_teacher and config.init_seed == 1 else "learned"


def row_of(config: RunConfig, number: int) -> dict[str, Any]:
    """A row of which seed 1 answers a constant and all others learn."""
    outcome = outcome_of(config)
    learned = outcome == "learned"
    at = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=number)
    return config_columns(config) | {
        "outcome": outcome,
        "outcome_half": "flat",
        "fell": not learned,
        "learned": learned,
        "segments": learned,
        "first_escape": config.iterations if learned else None,
        "relapsed": False,
        "stopped_dead": False,
        "test_loss_min": 0.2 if learned else 0.42,
        "test_loss_avg": 0.21 if learned else 0.42,
        "test_loss_final": 0.2 + number / 1000,
        "train_loss_avg": 0.3,
        "alpha_t": 500,
        "beta_t": 5,
        "barrier": 0.42,
        "barrier_curve": 0.42,
        "iou": 0.6 + number / 1000 if learned else 0.0,
        "iou_validation_threshold": 0.6 + number / 1000 if learned else 0.0,
        "validation_threshold": 0.0,
        "deviance_explained_calibrated": 0.5 if learned else 0.0,
        "weights_sha256": sha256_of(WEIGHTS),
        "iterations_done": config.iterations,
        "train_seconds": 10.0,
        "evaluate_seconds": 1.0,
        "wait_seconds": 0.0,
        "started_at": at,
        "finished_at": at + timedelta(seconds=11),
    }


def curve_of(config: RunConfig) -> list[dict[str, Any]]:
    """Three evaluations: as it began, half way, at the horizon."""
    return [
        {
            "iteration": iteration,
            "test_loss": 0.5 - 0.1 * step,
            "barrier": 0.42,
            "train_losses": [],
            "finite": True,
            "constant": False,
            "outcome": outcome_of(config) if iteration == config.iterations else "flat",
        }
        for step, iteration in enumerate((0, config.iterations // 2, config.iterations))
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_blocks_run_in_the_order_of_the_page(
    page: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    run_blocks(page)
    if page == "README.md":
        assert (place / "outputs/rates.png").stat().st_size > 1000


def run_blocks(page: str) -> None:
    """Run the page's Python here, one namespace for all of it."""
    mpl.use("agg")
    names: dict[str, Any] = {"__name__": "reader"}
    for number, code in enumerate(blocks(page, "python"), start=1):
        exec(compile(code, f"{page}, block {number}", "exec"), names)


LINES = {shlex.join(words): words for page in PAGES for words in shell_lines(page)}
"""Every command of every page, once."""


@pytest.mark.parametrize("line", LINES)
def test_shell_lines_are_understood(
    line: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, *words = LINES[line]
    monkeypatch.chdir(place)
    if not Path("cells").exists():
        run_blocks("docs/data.md")  # which makes the data that its commands name
    READERS[program](words)


def read_make(words: list[str]) -> None:
    made = subprocess.run(
        ["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr


def read_source(words: list[str]) -> None:
    (script,) = words
    assert f"VENV := {Path(script).parts[0]}\n" in text_of("Makefile")
    assert script.endswith("/bin/activate")


def read_python(words: list[str]) -> None:
    option, module, *arguments = words
    assert option == "-m"
    understood(importlib.import_module(module).main, module, arguments)


def read_study(words: list[str]) -> None:
    is_harmless = words[0] in HARMLESS and IN_THE_LEDGER & set(words)
    if is_harmless or INSTEAD_OF_TRAINING & set(words):
        assert study(words) == 0
    else:
        command = GROUP.get_command(click.Context(GROUP), words[0])
        assert command is not None
        understood(command, words[0], words[1:])


def understood(command: click.Command, name: str, arguments: list[str]) -> None:
    """Read the arguments as the command would; a wrong one raises click's UsageError."""
    command.make_context(name, list(arguments))


READERS: dict[str, Callable[[list[str]], None]] = {
    "make": read_make,
    "source": read_source,
    "python": read_python,
    "study": read_study,
}

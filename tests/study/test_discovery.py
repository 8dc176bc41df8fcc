from pathlib import Path

import pytest

from results.errors import ConfigError
from study.discovery import catalogue_names, find_study

OWN_STUDY = """
from dataclasses import replace
from searchspaces.axes import Axis
from study.catalogue.temperature_seeds import STUDY as TABLE_3

STUDY = replace(
    TABLE_3, name="mine", axes=(Axis("temperature", (2.0, 4.0)),), paper=(), contrasts=()
)
"""


@pytest.mark.parametrize("name", catalogue_names())
def test_study_name_is_file_name(name: str) -> None:
    assert find_study(name).name == name


def test_an_unknown_study_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="temperature_seeds"):
        find_study("temperture_seeds")


def test_a_study_is_found_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN_STUDY)
    assert find_study(str(path)).axes[0].values == (2.0, 4.0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1", "holds no STUDY"),
        ("\n1 / 0", "line 2: ZeroDivisionError"),
        ("def", "SyntaxError"),
        (OWN_STUDY.replace('"mine"', '"rescue"'), "'rescue' is a study of --list"),
        (OWN_STUDY.replace("(2.0, 4.0)),)", "(2.0, 4.0)))"), "axes=.*with a comma even after"),
        (OWN_STUDY.replace("paper=()", 'paper="x"'), "paper='x': must be a tuple of PaperFigure"),
        (OWN_STUDY.replace("paper=()", "seeds=(0, 4)"), "seeds=.*must be a whole number"),
        (OWN_STUDY.replace("paper=()", 'columns=("nosuch",)'), "'nosuch' is no figure of a run"),
        (OWN_STUDY.replace("paper=()", 'columns=("outcome",)'), "'outcome' is no figure"),
        (OWN_STUDY.replace('"temperature"', '"init_seed"'), "'init_seed' can be no axis"),
        (
            OWN_STUDY.replace('"temperature"', '"temperatur"'),
            r"broken\.py, line 7: unknown field 'temperatur' \(did you mean 'temperature'\?\)",
        ),
        (
            OWN_STUDY.replace("paper=()", "base=replace(TABLE_3.base, learning_rate=1.0)"),
            r", line 7: RunConfig: unknown field 'learning_rate' \(did you mean 'lr'\?\); `study",
        ),
        (
            OWN_STUDY.replace("paper=()", "seed=3"),
            r", line 6: Study: unknown field 'seed' \(did you mean 'seeds'\?\); known: name, ",
        ),
        (
            OWN_STUDY.replace(
                "paper=()", "profiles=usual_profiles(laptop={'student': {'steps': 9}})"
            ).replace(
                "from dataclasses", "from study.profiles import usual_profiles\nfrom dataclasses"
            ),
            r", line 8: unknown field 'steps' \(did you mean 'iterations'\?\)",
        ),
        (
            "from study.definition import Study\nSTUDY = Study(name='mine')",
            r"line 2: Study lacks 'question', .*, and 'profiles'; docs/studies\.md has an example",
        ),
        (
            OWN_STUDY.replace("contrasts=()", "contrasts=(Contrast('a'),)").replace(
                "from dataclasses", "from study.definition import Contrast\nfrom dataclasses"
            ),
            r"line 8: Contrast lacks 'cell' and 'against'; docs",
        ),
        (
            OWN_STUDY.replace("paper=()", "question=''"),
            "the question of its Study is empty; reports",
        ),
        (
            OWN_STUDY.replace(
                "paper=()", "equivalences=(replace(TABLE_3.equivalences[0], question=' '),)"
            ),
            "the question of its Equivalence is empty",
        ),
        (OWN_STUDY.replace("paper=()", 'combinations=({"lr": 1.0},)'), "'lr' is no axis of the"),
        (
            OWN_STUDY.replace("paper=()", "base=TABLE_3.base.replaced(data='x')"),
            "base has a 'data' of its own; --data names the data",
        ),
    ],
)
@pytest.mark.parametrize("relative", [False, True])
def test_a_file_without_a_study_is_one_clear_line(
    tmp_path: Path, content: str, said: str, relative: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("" if relative else tmp_path, "broken.py")
    path.write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        find_study(str(path))
    assert "\n" not in str(error.value)


def test_a_table_may_show_any_number_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    columns = 'columns=("logit_std", "train_seconds", "iterations_done", "relapsed")'
    path.write_text(OWN_STUDY.replace("paper=()", columns))
    assert find_study(str(path)).columns[0] == "logit_std"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.py: is a directory, not a study file; give"):
        find_study(str(tmp_path / "folder.py"))
    with pytest.raises(ConfigError, match="no such study file"):
        find_study(str(tmp_path / "none.py"))

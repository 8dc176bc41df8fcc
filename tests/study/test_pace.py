import pytest

from core.config import RunConfig
from study.pace import Pace, readable_seconds

TEACHER = RunConfig(data="d", width=4, iterations=100)
STUDENT = RunConfig(data="d", width=2, objective="soft", teacher=TEACHER, iterations=50)


def students(count: int) -> list[RunConfig]:
    return [STUDENT.replaced(init_seed=seed) for seed in range(count)]


def test_nothing_measured_is_unknown() -> None:
    expected = Pace().expect([[(TEACHER, 100)]], slots=2)
    assert (str(expected), expected.complete) == ("unknown", False)


def test_generations_add_up_and_slots_share_the_work() -> None:
    pace = Pace()
    pace.observe(TEACHER, 0.2)
    pace.observe(STUDENT, 0.1)
    generations = [[(TEACHER, 100)], [(s, 50) for s in students(4)]]
    assert pace.expect(generations, slots=2).seconds == pytest.approx(20 + 4 * 5 / 2)


def test_one_run_is_not_shared_between_slots() -> None:
    pace = Pace()
    pace.observe(TEACHER, 0.2)
    assert pace.expect([[(TEACHER, 100)]], slots=8).seconds == pytest.approx(20)


def test_an_unmeasured_kind_makes_it_a_lower_bound() -> None:
    pace = Pace()
    pace.observe(TEACHER, 0.6)
    expected = pace.expect([[(TEACHER, 100)], [(STUDENT, 50)]], slots=2)
    assert str(expected) == "more than 1 min 00 s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.6, "8 s"), (250, "4 min 10 s"), (3900, "1 h 05 min")]
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert readable_seconds(seconds) == text

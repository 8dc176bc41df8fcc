import pytest

from core.config import RunConfig
from study.planning.pace import Expectation, Pace, kind_of, readable_seconds, work_of

TEACHER = RunConfig(data="d", width=4, iterations=100)
STUDENT = RunConfig(data="d", width=2, objective="soft", teacher=TEACHER, iterations=50)


def students(count: int) -> list[RunConfig]:
    return [STUDENT.replaced(init_seed=seed) for seed in range(count)]


def test_nothing_measured_is_unknown() -> None:
    expected = Pace().expect([work_of([TEACHER])], slots=2)
    assert (str(expected), expected.complete) == ("unknown", False)


def test_what_is_said_of_the_time_left() -> None:
    assert Expectation(8.0, complete=True).time_left == "8 s to go"
    assert Expectation(0.0, complete=True).time_left == "0 s to go"
    assert Expectation(60.0, complete=False).time_left == "time left unknown"
    assert Expectation(0.0, complete=False).time_left == "time left unknown"


def test_generations_add_up_and_slots_share_the_work() -> None:
    pace = Pace()
    pace.observe(TEACHER, 0.2)
    pace.observe(STUDENT, 0.1)
    generations = [work_of([TEACHER]), work_of(students(4))]
    assert pace.expect(generations, slots=2).seconds == pytest.approx(20 + 4 * 5 / 2)


def test_one_run_is_not_shared_between_slots() -> None:
    pace = Pace()
    pace.observe(TEACHER, 0.2)
    assert pace.expect([work_of([TEACHER])], slots=8).seconds == pytest.approx(20)


def test_a_pack_is_not_shared_between_slots_and_engines_say_nothing_of_each_other() -> None:
    pace = Pace()
    pace.observe(STUDENT, 0.1)
    packed = [config.replaced(engine="lanes") for config in students(40)]
    assert str(pace.expect([work_of(packed)], slots=2)) == "unknown"
    pace.observe(packed[0], 0.01)
    assert pace.expect([work_of(packed)], slots=2).seconds == pytest.approx(40 * 0.5 / 2)
    assert pace.expect([work_of(packed[:16])], slots=2).seconds == pytest.approx(16 * 0.5)
    assert pace.expect([work_of(packed[:3])], slots=2).seconds == pytest.approx(3 * 0.5)


def test_with_an_unmeasured_kind_nothing_is_said() -> None:
    """What is known of the others is no lower bound: a first run that has just begun is slow."""
    pace = Pace()
    pace.observe(TEACHER, 0.6)
    expected = pace.expect([work_of([TEACHER]), work_of([STUDENT])], slots=2)
    assert str(expected) == "unknown"


def test_an_unmeasured_kind_is_taken_to_be_like_the_one_most_like_it() -> None:
    pace = Pace()
    normed = STUDENT.replaced(batch_norm="all")
    mixed = normed.replaced(objective="mixed")
    pace.observe(STUDENT, 0.2)
    assert str(pace.expect([work_of([mixed])], slots=1)) == "about 10 s"
    pace.observe(normed, 0.1)
    assert str(pace.expect([work_of([mixed])], slots=1)) == "about 5 s"
    pace.observe(STUDENT.replaced(objective="mixed"), 0.4)  # as much like it, and slower
    assert str(pace.expect([work_of([mixed])], slots=1)) == "about 20 s"
    pace.observe(mixed, 0.3)
    assert str(pace.expect([work_of([mixed])], slots=1)) == "15 s"


def test_what_a_run_has_behind_it_is_not_to_come() -> None:
    pace = Pace()
    pace.observe(STUDENT, 0.1)
    work = work_of(students(2))
    work[kind_of(STUDENT), 50] -= 1
    work[kind_of(STUDENT), 10] += 1
    assert pace.expect([work], slots=1).seconds == pytest.approx(5 + 1)
    assert pace.expect([work - work], slots=1).seconds == 0


@pytest.mark.parametrize(
    ("seconds", "text"), [(7.6, "8 s"), (250, "4 min 10 s"), (3900, "1 h 05 min")]
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert readable_seconds(seconds) == text

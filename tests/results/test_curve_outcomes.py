"""First escape, relapse, and the outcome at an iteration, from a curve of outcomes."""

import pytest

from results.outcomes import first_escape, has_relapsed, outcome_at

CURVE = [(0, "flat"), (100, "learned"), (200, "constant"), (300, "learned")]


def evaluated(*outcomes: str) -> list[tuple[int, str]]:
    return [(100 * k, outcome) for k, outcome in enumerate(outcomes, start=1)]


@pytest.mark.parametrize(
    ("outcomes", "iteration"),
    [
        ((), None),
        (("flat", "uninformative", "constant", "diverged"), None),
        (("learned",), 100),
        (("flat", "learned", "flat", "learned"), 200),
    ],
)
def test_the_first_escape_is_the_first_evaluation_that_learned(
    outcomes: tuple[str, ...], iteration: int | None
) -> None:
    assert first_escape(evaluated(*outcomes)) == iteration


@pytest.mark.parametrize("fallen", ["flat", "constant"])
def test_falling_after_an_escape_is_a_relapse_even_if_it_ends_well(fallen: str) -> None:
    assert has_relapsed(evaluated("learned", "uninformative", fallen))
    assert has_relapsed(evaluated("learned", fallen, "learned"))


@pytest.mark.parametrize(
    "outcomes",
    [
        (),
        ("learned", "learned"),
        ("flat", "constant", "flat"),
        ("constant", "flat", "learned"),
        ("learned", "uninformative", "diverged"),
    ],
)
def test_no_relapse_without_an_escape_before_the_fall(outcomes: tuple[str, ...]) -> None:
    assert not has_relapsed(evaluated(*outcomes))


@pytest.mark.parametrize(
    ("iteration", "outcome"),
    [
        (-1, None),
        (0, "flat"),
        (99.5, "flat"),
        (100, "learned"),
        (299.5, "constant"),
        (10**6, "learned"),
    ],
)
def test_the_outcome_at_an_iteration_is_that_of_the_last_evaluation_up_to_it(
    iteration: float, outcome: str | None
) -> None:
    assert outcome_at(CURVE, iteration) == outcome

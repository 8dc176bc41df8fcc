"""Sentences on the paper's claims and counts say both sides."""

from dataclasses import replace

import pytest

from results.ledger.study_record import SpeedClaim
from results.reports.answers import speed_answer
from results.reports.paper_phrases import check_phrase, percent, speed_phrase
from results.statistics.comparing.paper_counts import predictive_check
from results.statistics.timing.speed import SpeedComparison

FOUND = SpeedComparison(
    claim=SpeedClaim(
        "Section 0", 0.3, faster={"objective": "soft"}, slower={"objective": "hard"}, ratio=20.0
    ),
    unknown=0,
    pairs=3,
    both=2,
    faster_never=1,
    faster_runs=3,
    slower_never=0,
    slower_runs=4,
    iterations_ratio=3.5,
    seconds_ratio=4.5,
    seeds=2,
)


def test_a_claim_of_speed_is_said_beside_what_the_runs_show() -> None:
    assert speed_phrase(FOUND) == (
        "Section 0: objective=soft reaches a test loss of 0.3 about 20x sooner than "
        "objective=hard. Here: 3.5x in iterations and 4.5x in seconds (median of 2 seeds, too few "
        "for an interval; both reached it in 2 of 3 pairs); never reached: 1 of 3 against 0 of 4."
    )


def test_without_a_pair_a_claim_is_inconclusive() -> None:
    alone = replace(FOUND, iterations_ratio=None, seconds_ratio=None, unknown=2)
    text = speed_phrase(alone)
    assert "Here: inconclusive, no pair of runs with one seed" in text
    assert text.endswith("1 of 3 against 0 of 4; 2 without a whole curve left out.")
    assert "seconds" not in speed_phrase(replace(FOUND, seconds_ratio=None))


def test_runs_that_are_too_short_for_a_claim_are_said_to_be() -> None:
    claim = replace(FOUND.claim, slower_at=300_000)
    short = replace(FOUND, claim=claim, faster_horizon=2000, slower_horizon=2000)
    assert speed_phrase(short).endswith(
        "Runs so short cannot show the paper's figure: its own took about 15,000 and 300,000 "
        "iterations, these end at 2,000 and 2,000."
    )
    assert speed_answer(short).verdict == "not shown, runs are too short"
    long = replace(short, faster_horizon=50_000, slower_horizon=320_000)
    assert "Runs so short" not in speed_phrase(long)
    assert speed_answer(long).verdict == "3.5x in iterations, of 2 seeds"


def test_enough_seeds_have_an_interval() -> None:
    found = replace(FOUND, seeds=6, iterations_interval=(2.0, 6.1), seconds_interval=(1.0, 9.0))
    told = "Here: 3.5x (95%: 2.0x to 6.1x) in iterations and 4.5x (95%: 1.0x to 9.0x) in seconds"
    assert f"{told} (median of 6 seeds; both" in speed_phrase(found)


def test_a_claim_of_each_runs_own_lowest_loss_names_no_level() -> None:
    text = speed_phrase(replace(FOUND, claim=replace(FOUND.claim, level=None)))
    assert text.startswith(
        "Section 0: objective=soft reaches its lowest test loss about 20x sooner"
    )


def test_the_check_says_both_counts_and_the_condition() -> None:
    found = predictive_check(2, 10, 7, 10)
    text = check_phrase(found)
    assert text.startswith(
        "The paper saw 7 of 10 stay at its barrier; under our rate (2 of 10 here) so extreme"
    )
    assert f"a probability of {100 * found.p_value:.0f}%. Optimiser, initialisation and" in text
    assert "nothing to compare" in check_phrase(predictive_check(0, 0, 7, 10))


@pytest.mark.parametrize(
    ("probability", "text"), [(0.034, "3%"), (0.004, "0.4%"), (0.0002, "below 0.1%")]
)
def test_small_probabilities_keep_a_digit(probability: float, text: str) -> None:
    assert percent(probability) == text

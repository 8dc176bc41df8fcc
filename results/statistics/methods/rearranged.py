"""The sum of squares of a table's column sums when the values of each row are rearranged."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

MOST_STEPS = 20_000
"""A convolution that takes more is given up."""
ROUNDING = 1e-9
"""Values so near each other, relative to the largest, are ties."""

State = tuple[tuple[float, int], ...]
"""The sums of columns, whatever their order: each value, and how many columns have it."""


@dataclass(frozen=True)
class Distribution:
    """Values of the statistic, and their probabilities."""

    values: np.ndarray
    probabilities: np.ndarray

    def tail(self, least: float) -> float:
        """Return the probability of a value so large."""
        enough = self.values >= least - ROUNDING * self.values.max()
        return min(1.0, float(self.probabilities[enough].sum()))


def convolved(rows: np.ndarray) -> Distribution | None:
    """Add row by row, which columns have which sum being all that is remembered.

    None where a row has a missing value or more than two different ones, or the steps are too many.

    Args:
        rows: (rows, columns), of which each differs within itself.
    """
    if np.isnan(rows).any() or any(len(np.unique(row)) > 2 for row in rows):
        return None
    columns = rows.shape[1]
    states: dict[State, float] = {((0.0, columns),): 1.0}
    steps = 0
    for row in rows:
        high = row == row.max()
        number, added = int(high.sum()), float(row.max() - row.min())
        after: dict[State, float] = defaultdict(float)
        steps += sum(number_of_shares(number, [count for _, count in state]) for state in states)
        if steps > MOST_STEPS:
            return None
        for state, probability in states.items():
            for taken in shares(number, [count for _, count in state]):
                ways = math.prod(
                    math.comb(count, some) for (_, count), some in zip(state, taken, strict=True)
                )
                after[_moved(state, taken, added)] += probability * (
                    ways / math.comb(columns, number)
                )
        states = after
    squares = [
        sum(count * value**2 for value, count in state)
        - sum(count * value for value, count in state) ** 2 / columns
        for state in states
    ]
    return Distribution(np.array(squares), np.array(list(states.values())))


def shares(number: int, most: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield each way of taking a number of things from piles of these sizes."""
    if len(most) == 1:
        if number <= most[0]:
            yield (number,)
        return
    for first in range(max(0, number - sum(most[1:])), min(number, most[0]) + 1):
        for rest in shares(number - first, most[1:]):
            yield (first, *rest)


def number_of_shares(number: int, most: Sequence[int]) -> float:
    """Count these ways, as the coefficient of a product of polynomials."""
    product = np.ones(1)
    for pile in most:
        product = np.convolve(product, np.ones(pile + 1))
    return float(product[number])


def _moved(state: State, taken: Sequence[int], added: float) -> State:
    """Return the state in which so many columns of each value have more by `added`."""
    counts: dict[float, int] = defaultdict(int)
    for (value, count), some in zip(state, taken, strict=True):
        counts[value] += count - some
        counts[value + added] += some
    return tuple(sorted((value, count) for value, count in counts.items() if count))


def enumerated(rows: np.ndarray, most: int) -> Distribution | None:
    """Look at every arrangement; None where there are more than `most`.

    Args:
        rows: (rows, columns), NaN where a row has no value.
        most: arrangements.
    """
    if math.prod(_number(row[~np.isnan(row)]) for row in rows) > most:
        return None
    sums = np.zeros((1, rows.shape[1]))
    for row in rows:
        there = ~np.isnan(row)
        some = np.zeros((_number(row[there]), len(row)))
        some[:, there] = list(_arrangements(row[there] - row[there].mean()))
        sums = (sums[:, None] + some[None]).reshape(-1, len(row))
    return Distribution((sums**2).sum(axis=1), np.full(len(sums), 1 / len(sums)))


def _number(values: np.ndarray) -> int:
    """Count the different arrangements of values, some of which may be equal."""
    _, counts = np.unique(values, return_counts=True)
    return math.factorial(len(values)) // math.prod(math.factorial(count) for count in counts)


def _arrangements(values: np.ndarray) -> Iterator[np.ndarray]:
    """Yield each different arrangement of values once."""
    first, *others = np.unique(values)
    if not others:
        yield values
        return
    number = int((values == first).sum())
    rest = values[values != first]
    for places in combinations(range(len(values)), number):
        free = np.ones(len(values), dtype=bool)
        free[list(places)] = False
        for arranged in _arrangements(rest):
            found = np.full(len(values), first)
            found[free] = arranged
            yield found


def permuted(rows: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the statistic of random arrangements, shape (number,).

    Args:
        rows: (rows, columns), NaN where a row has no value.
        number: how many.
        rng: where they come from.
    """
    sums = np.zeros((number, rows.shape[1]))
    for row in rows:
        there = ~np.isnan(row)
        centred = row[there] - row[there].mean()
        values, counts = np.unique(centred, return_counts=True)
        if len(values) == 2:  # where the rarer value stands says all, and is drawn much faster
            rare = int(counts.argmin())
            chosen = drawn_places(len(centred), int(counts[rare]), number, rng)
            arranged = np.where(chosen, values[rare], values[1 - rare])
        else:
            arranged = rng.permuted(np.tile(centred, (number, 1)), axis=1)
        sums[:, there] += arranged
    return (sums**2).sum(axis=1)


def drawn_places(places: int, few: int, number: int, rng: np.random.Generator) -> np.ndarray:
    """Draw so many times which few of the places are chosen, each set as likely as any other, as
    booleans (number, places): those with the smallest random keys. Where keys are equal, and more
    than few would be, keys are drawn again."""
    keys = rng.random((number, places), dtype=np.float32)
    last = np.partition(keys, few - 1, axis=1)[:, few - 1 : few]
    chosen = keys <= last
    tied = np.flatnonzero(np.count_nonzero(chosen, axis=1) > few)
    if len(tied):
        chosen[tied] = drawn_places(places, few, len(tied), rng)
    return chosen

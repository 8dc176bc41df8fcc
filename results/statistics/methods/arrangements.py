"""Arrangements of clusters over two cells: every one where they are few, else random ones."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

MOST_ENUMERATED = 2**12
"""Up to so many arrangements each one is looked at; of more, a sample is."""
DRAWS = 9999
AT_ONCE = 1024
"""Arrangements in memory at a time."""


@dataclass(frozen=True)
class Arrangements:
    """How clusters of two cells may stand, whichever cell they are of."""

    sizes: tuple[int, int]
    """Clusters of the first cell and of the second."""
    paired: bool
    """Whether each cluster changes places with its partner, else clusters change cells."""

    @property
    def total(self) -> int:
        """How many there are, the observed one too."""
        return 2 ** self.sizes[0] if self.paired else math.comb(sum(self.sizes), self.sizes[0])

    @property
    def exact(self) -> bool:
        """Whether every arrangement is looked at."""
        return self.total <= MOST_ENUMERATED

    @property
    def draws(self) -> int:
        """How many are looked at beside the observed one."""
        return self.total - 1 if self.exact else DRAWS

    def chosen(self, seed: int = 0) -> Iterator[np.ndarray]:
        """Yield which clusters are chosen, some arrangements at a time: (arrangements, clusters).

        Paired, a chosen cluster of the first cell stays there, and the others change places with
        their partners. Else the chosen clusters, first those of the first cell, make up the first.

        Args:
            seed: the seed of the draws; where all are enumerated the observed one is among them.
        """
        return self._every() if self.exact else self._drawn(np.random.default_rng(seed))

    def p_value(self, hits: float) -> float:
        """Return the p-value of so many arrangements as extreme as the observed one, which counts
        itself where arrangements are drawn (Phipson and Smyth 2010)."""
        return hits / self.total if self.exact else (1 + hits) / (1 + DRAWS)

    def _every(self) -> Iterator[np.ndarray]:
        number = self.sizes[0]
        if self.paired:
            yield ((np.arange(2**number)[:, None] >> np.arange(number)) & 1).astype(bool)
            return
        members = np.array(list(combinations(range(sum(self.sizes)), number)))
        chosen = np.zeros((len(members), sum(self.sizes)), dtype=bool)
        np.put_along_axis(chosen, members, True, axis=1)
        yield chosen

    def _drawn(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        observed = np.arange(sum(self.sizes)) < self.sizes[0]
        for start in range(0, DRAWS, AT_ONCE):
            number = min(AT_ONCE, DRAWS - start)
            if self.paired:
                yield rng.random((number, self.sizes[0])) < 0.5
            else:
                yield rng.permuted(np.tile(observed, (number, 1)), axis=1)

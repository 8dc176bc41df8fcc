"""The defining relation of a two-level fractional factorial: its resolution, and what is aliased.

After Box, Hunter and Hunter 2005, Statistics for Experimenters, chapter 6.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

Term = frozenset[str]
"""The factors of an effect: one for a main effect, two for a two-factor interaction."""
NUMERALS = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


@dataclass(frozen=True)
class DefiningRelation:
    """Which products of factors are the same in every cell, levels being -1 (low) and +1 (high)."""

    factors: tuple[str, ...]
    words: Mapping[Term, int]
    """Each such product with its sign, and with every product of two of them; none for all cells of
    the grid."""

    @classmethod
    def generated_by(cls, factors: Sequence[str], generators: Mapping[Term, int]) -> Self:
        """Return the relation of all products of these words."""
        words: dict[Term, int] = {frozenset(): 1}
        for word, sign in generators.items():
            words |= {word ^ other: sign * words[other] for other in tuple(words)}
        del words[frozenset()]
        return cls(tuple(factors), words)

    @classmethod
    def of_cells(cls, factors: Sequence[str], cells: Collection[Term]) -> Self:
        """Return the relation that holds for cells, each given by its factors at the high level."""
        first = next(iter(cells))
        basis: list[tuple[str, Term]] = []
        for cell in cells:
            row = cell ^ first
            for pivot, known in basis:
                row = row ^ known if pivot in row else row
            if row:
                pivot = min(row)
                basis = [(p, k ^ row if pivot in k else k) for p, k in basis] + [(pivot, row)]
        pivots = {pivot for pivot, _ in basis}
        generators: dict[Term, int] = {}
        for free in (factor for factor in factors if factor not in pivots):
            word = frozenset({free} | {pivot for pivot, row in basis if free in row})
            generators[word] = product_of(word, first)
        return cls.generated_by(factors, generators)

    @property
    def cells(self) -> int:
        """How many cells of the full grid have it."""
        return 2 ** len(self.factors) // (len(self.words) + 1)

    @property
    def resolution(self) -> int | None:
        """The length of the shortest word; None for the full grid, where nothing is aliased."""
        return min(map(len, self.words), default=None)

    def holds(self, highs: Collection[str]) -> bool:
        """Tell whether a cell is one of the fraction.

        Args:
            highs: its factors at the high level.
        """
        return all(product_of(word, highs) == sign for word, sign in self.words.items())

    def aliases(self, term: Term, longest: int = 2) -> list[tuple[Term, int]]:
        """Return the effects of at most so many factors that no run tells from this one, each with
        the sign with which it is added; () is the mean."""
        found = ((term ^ word, sign) for word, sign in self.words.items())
        return sorted(
            ((other, sign) for other, sign in found if len(other) <= longest),
            key=lambda item: (len(item[0]), self._ordered(item[0])),
        )

    def aliased_groups(self, longest: int = 2) -> Iterator[list[Term]]:
        """Yield effects of at most so many factors that are aliased with each other, those of few
        factors first."""
        seen: set[Term] = set()
        for size in range(1, longest + 1):
            for names in combinations(self.factors, size):
                term = frozenset(names)
                group = [term, *(other for other, _ in self.aliases(term, longest))]
                if term not in seen and len(group) > 1:
                    yield group
                seen |= set(group)

    def named(self, term: Term) -> str:
        """Return the effect as people write it, `width x batch_norm`."""
        return " x ".join(self.factors[place] for place in self._ordered(term))

    def _ordered(self, term: Term) -> tuple[int, ...]:
        return tuple(place for place, factor in enumerate(self.factors) if factor in term)


def product_of(word: Collection[str], highs: Collection[str]) -> int:
    """Return the product of a word's factors in a cell, +1 or -1."""
    return -1 if sum(factor not in highs for factor in word) % 2 else 1


def numeral(resolution: int) -> str:
    """Return a resolution as the field writes it."""
    return NUMERALS[resolution] if resolution < len(NUMERALS) else str(resolution)


def resolution_phrase(relation: DefiningRelation) -> str:
    """Say what a fraction of this resolution keeps apart; of the full grid, that it is that."""
    resolution = relation.resolution
    if resolution is None:
        return "all cells of the grid: nothing is aliased"
    clear = {
        3: "main effects are aliased with two-factor interactions",
        4: "main effects are clear of two-factor interactions, which are aliased with each other",
    }.get(resolution, "main effects and two-factor interactions are clear of each other")
    return f"resolution {numeral(resolution)}: {clear}"

"""Two-level fractional factorial designs, as `2^(5-1)`: a balanced part of a grid of factors."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from results.errors import ConfigError
from results.statistics.methods.defining_relation import (
    DefiningRelation,
    Term,
    numeral,
    resolution_phrase,
)

LETTERS = "ABCDEFGHJKLMNOPQ"
"""Factors in the order of the axes; I is the identity. More than sixteen have other methods."""
FORM = re.compile(r"2\^\((\d{1,2})-(\d{1,2})\)")
GENERATOR = re.compile(r"([A-Z])=([+-]?)([A-Z]+)")
PUBLISHED = {
    (5, 2): "D=AB, E=AC",
    (6, 2): "E=ABC, F=BCD",
    (6, 3): "D=AB, E=AC, F=BC",
    (7, 2): "F=ABCD, G=ABDE",
    (7, 3): "E=ABC, F=BCD, G=ACD",
    (7, 4): "D=AB, E=AC, F=BC, G=ABC",
    (8, 2): "G=ABCD, H=ABEF",
    (8, 3): "F=ABC, G=ABD, H=BCDE",
    (8, 4): "E=BCD, F=ACD, G=ABC, H=ABD",
}
"""Generators of the greatest resolution (Box, Hunter and Hunter 2005, table 6.22). With one
generator it is the product of all other factors."""
LEAST_RESOLUTION = 3
"""With less, two main effects are one, or one is the mean."""


@dataclass(frozen=True)
class Fraction:
    """A fractional factorial: the design, and two levels of each factor."""

    design: str
    """With its generators, `2^(5-1): E=ABCD`."""
    levels: Mapping[str, tuple[Any, Any]]
    """Low and high of each factor, in the order of the letters."""
    relation: DefiningRelation

    @classmethod
    def of(cls, design: str, levels: Mapping[str, tuple[Any, Any]]) -> "Fraction":
        """Make the design that a text names.

        Args:
            design: `2^(5-1)`, with the published generators, or with others: `2^(5-1): E=-ABCD`.
            levels: two different values of each factor, low and high; the first is A.

        Raises:
            ConfigError: no such design, one of another number of factors, generators that do not
                fit it, or a resolution below III.
        """
        form, colon, rest = design.partition(":")
        found = FORM.fullmatch(form.replace(" ", ""))
        if found is None:
            raise ConfigError(
                f"design='{design}': must be 2^(k-p) of k factors with p generators; write "
                "2^(5-1), or 2^(5-1): E=-ABCD"
            )
        factors, p = int(found[1]), int(found[2])
        if factors != len(levels):
            raise ConfigError(
                f"design='{design}': is of {factors} factors, and there are {len(levels)} axes "
                f"({', '.join(levels)}); write 2^({len(levels)}-{p or 1})"
            )
        if not 0 < p < factors or factors > len(LETTERS):
            raise ConfigError(
                f"design='{design}': must have at least one generator, fewer than factors, and at "
                f"most {len(LETTERS)} factors; leave design out for all cells"
            )
        text = rest if colon else published(design, factors, p)
        words = generators(design, text, factors, p)
        lettered = DefiningRelation.generated_by(LETTERS[:factors], words)
        resolution = lettered.resolution or 0
        if resolution < LEAST_RESOLUTION:
            shortest = min(lettered.words, key=lambda word: (len(word), sorted(word)))
            raise ConfigError(
                f"design='{design}': has resolution {numeral(resolution)}, as "
                f"I={''.join(sorted(shortest))} makes one effect of two; must be III or more: "
                "choose other generators, or fewer"
            )
        names = dict(zip(LETTERS, levels, strict=False))
        named = {frozenset(names[x] for x in word): sign for word, sign in words.items()}
        told = ", ".join(part.strip() for part in text.split(","))
        return cls(
            f"2^({factors}-{p}): {told}",
            dict(levels),
            DefiningRelation.generated_by(tuple(levels), named),
        )

    @property
    def points(self) -> tuple[dict[str, Any], ...]:
        """The fraction's cells, the first factor slowest."""
        found = []
        for sides in product((0, 1), repeat=len(self.levels)):
            chosen = dict(zip(self.levels, sides, strict=True))
            if self.relation.holds([name for name, side in chosen.items() if side]):
                found.append({name: self.levels[name][side] for name, side in chosen.items()})
        return tuple(found)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it is, and which effects are aliased with which."""
        names = [f"{x} {name}" for x, name in zip(LETTERS, self.levels, strict=False)]
        told = f"{self.design} ({', '.join(names)}), {resolution_phrase(self.relation)}"
        named = self.relation.named
        groups = [" = ".join(map(named, group)) for group in self.relation.aliased_groups()]
        return (told, *([f"aliased: {'; '.join(groups)}"] if groups else []))


def published(design: str, factors: int, p: int) -> str:
    """The generators of a design that gives none."""
    if p == 1:
        return f"{LETTERS[factors - 1]}={LETTERS[: factors - 1]}"
    if (factors, p) not in PUBLISHED:
        known = ", ".join(f"2^({k}-{p})" for k, p in PUBLISHED)
        raise ConfigError(
            f"design='{design}': no generators are known for it, only for one generator and for "
            f"{known}; write them, as in 2^(5-2): D=AB, E=AC"
        )
    return PUBLISHED[factors, p]


def generators(design: str, text: str, factors: int, p: int) -> dict[Term, int]:
    """The words of the generators and their signs: E=-ABCD is -ABCDE."""
    found = [GENERATOR.fullmatch(part.replace(" ", "")) for part in text.split(",")]
    known = set(LETTERS[:factors])
    made = [one[1] for one in found if one]
    basic = known - set(made)
    words: dict[Term, int] = {}
    for one in found:
        if one is None or one[1] not in known or not basic.issuperset(one[3]):
            break
        words[frozenset(one[1]) | frozenset(one[3])] = -1 if one[2] == "-" else 1
    if len(words) != p or len(set(made)) != p or len(found) != p:
        raise ConfigError(
            f"design='{design}': must have {p} generators, each a letter of "
            f"{''.join(sorted(known))} as a product of letters that no generator makes; write, for "
            "example, 2^(5-2): D=AB, E=-AC"
        )
    return words


def two_levels(
    axes: Mapping[str, Sequence[Any]], chosen: Mapping[str, Sequence[Any]]
) -> dict[str, tuple[Any, Any]]:
    """Low and high of each axis: the chosen ones, or else its only two values.

    Raises:
        ConfigError: a level of no axis, or an axis without two levels.
    """
    found: dict[str, tuple[Any, Any]] = {}
    for name in chosen:
        if name not in axes:
            raise ConfigError(f"levels: '{name}' is no axis; choose among {', '.join(axes)}")
    for name, values in axes.items():
        levels = tuple(chosen.get(name, values))
        if len(levels) != 2 or levels[0] == levels[1] or not all(x in values for x in levels):
            raise ConfigError(
                f"levels: {name} has {list(levels)}, and a factor has two of its axis's values, "
                f"low and high; write levels={{'{name}': ({values[0]!r}, {values[-1]!r})}}"
            )
        found[name] = (levels[0], levels[1])
    return found

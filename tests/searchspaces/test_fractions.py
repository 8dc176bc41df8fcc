"""Fractional factorials: balanced, orthogonal, of the published resolution, parts of the grid."""

import re
from collections.abc import Mapping
from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.errors import ConfigError
from results.statistics.methods.defining_relation import DefiningRelation, numeral
from searchspaces.fractions import LETTERS, PUBLISHED, Fraction, two_levels

RESOLUTIONS = {
    "2^(3-1)": "III",
    "2^(4-1)": "IV",
    "2^(5-1)": "V",
    "2^(6-1)": "VI",
    "2^(7-1)": "VII",
    "2^(8-1)": "VIII",
    "2^(5-2)": "III",
    "2^(6-2)": "IV",
    "2^(6-3)": "III",
    "2^(7-2)": "IV",
    "2^(7-3)": "IV",
    "2^(7-4)": "III",
    "2^(8-2)": "V",
    "2^(8-3)": "IV",
    "2^(8-4)": "IV",
}
"""Box, Hunter and Hunter 2005, table 6.22; NIST/SEMATECH e-Handbook, section 5.3.3.4.7."""


def fraction(design: str) -> Fraction:
    factors = int(design[3])
    return Fraction.of(design, {f"x{k}": (-1, 1) for k in range(factors)})


def columns(found: Fraction) -> dict[str, list[int]]:
    return {name: [point[name] for point in found.points] for name in found.levels}


def test_all_published_designs_are_among_those_that_are_tested() -> None:
    assert {f"2^({k}-{p})" for k, p in PUBLISHED} <= set(RESOLUTIONS)


@pytest.mark.parametrize(("design", "resolution"), RESOLUTIONS.items())
def test_a_design_is_balanced_orthogonal_and_of_the_published_resolution(
    design: str, resolution: str
) -> None:
    found = fraction(design)
    signs = columns(found)
    k, p = int(design[3]), int(design[5])
    assert len({tuple(point.values()) for point in found.points}) == 2 ** (k - p)
    assert all(sum(column) == 0 for column in signs.values())
    for one, other in combinations(signs.values(), 2):
        assert sum(a * b for a, b in zip(one, other, strict=True)) == 0
    # The resolution from the cells alone: the fewest columns whose product is constant.
    shortest = next(
        size
        for size in range(1, k + 1)
        for chosen in combinations(signs.values(), size)
        if len({prod(row) for row in zip(*chosen, strict=True)}) == 1
    )
    assert numeral(shortest) == numeral(found.relation.resolution or 0) == resolution


@pytest.mark.parametrize("design", ["2^(3-1)", "2^(5-2)", "2^(7-4)"])
def test_all_fractions_of_a_family_are_the_full_grid(design: str) -> None:
    k, p = int(design[3]), int(design[5])
    made = fraction(design).design.partition(":")[2].split(",")
    cells: list[tuple[int, ...]] = []
    for signs in product("+-", repeat=p):
        text = ", ".join(one.replace("=", f"={s}") for one, s in zip(made, signs, strict=True))
        cells += [tuple(x.values()) for x in fraction(f"{design}: {text}").points]
    assert sorted(cells) == sorted(product((-1, 1), repeat=k))


@given(st.data())
def test_the_relation_of_a_fractions_cells_is_the_one_that_made_them(data: st.DataObject) -> None:
    design = data.draw(st.sampled_from(sorted(RESOLUTIONS)))
    p, made = int(design[5]), fraction(design).design.partition(":")[2].split(",")
    signs = data.draw(st.lists(st.sampled_from("+-"), min_size=p, max_size=p))
    text = ", ".join(one.replace("=", f"={s}") for one, s in zip(made, signs, strict=True))
    found = fraction(f"{design}: {text}")
    highs = [frozenset(x for x in point if point[x] == 1) for point in found.points]
    again = DefiningRelation.of_cells(tuple(found.levels), data.draw(st.permutations(highs)))
    assert again.words == found.relation.words
    assert again.cells == len(highs)


@given(st.sampled_from(sorted(RESOLUTIONS)), st.data())
def test_aliased_effects_have_one_column_and_others_have_not(
    design: str, data: st.DataObject
) -> None:
    found, signs = fraction(design), columns(fraction(design))
    effect = st.lists(st.sampled_from(sorted(signs)), min_size=1, max_size=2, unique=True)
    one, other = (frozenset(data.draw(effect)) for _ in range(2))
    both = [prod(signs[x][i] for x in (*one, *other)) for i in range(len(found.points))]
    if one != other:
        aliases = dict(found.relation.aliases(one))
        assert aliases.get(other, 0) == (both[0] if len(set(both)) == 1 else 0)


def test_what_is_aliased_is_said() -> None:
    half = fraction("2^(5-1)")
    assert half.sentences == (
        "2^(5-1): E=ABCD (A x0, B x1, C x2, D x3, E x4), resolution V: main effects and two-factor "
        "interactions are clear of each other",
    )
    told = fraction("2^(4-1)").sentences
    assert told[0].endswith(
        "resolution IV: main effects are clear of two-factor interactions, which are aliased with "
        "each other"
    )
    assert told[1] == "aliased: x0 x x1 = x2 x x3; x0 x x2 = x1 x x3; x0 x x3 = x1 x x2"
    assert fraction("2^(3-1)").sentences[1] == ("aliased: x0 = x1 x x2; x1 = x0 x x2; x2 = x0 x x1")


BAD: Mapping[str, str] = {
    "half": "design='half': must be 2^(k-p) of k factors with p generators; write",
    "2^(4-1)": "is of 4 factors, and there are 5 axes (a, b, c, d, e); write 2^(5-1)",
    "2^(5-0)": "must have at least one generator, fewer than factors",
    "2^(5-5)": "must have at least one generator, fewer than factors",
    "2^(5-3)": "no generators are known for it",
    "2^(5-2): D=AB, E=AB": "has resolution II, as I=DE makes one effect of two; must be III",
    "2^(5-1): E=A": "has resolution II, as I=AE makes one effect of two; must be III",
    "2^(5-2): D=AB": "must have 2 generators, each a letter of ABCDE",
    "2^(5-2): D=AB, E=AD": "as a product of letters that no generator makes; write, for example",
    "2^(5-1): E=ABCF": "must have 1 generators, each a letter of ABCDE",
    "2^(5-1): E ABCD": "must have 1 generators",
    "2^(5-1):": "must have 1 generators",
}


@pytest.mark.parametrize(("design", "said"), BAD.items())
def test_a_bad_design_is_one_clear_error(design: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as error:
        Fraction.of(design, dict.fromkeys("abcde", (0, 1)))
    assert "\n" not in str(error.value)
    assert f"design='{design}'" in str(error.value)


def test_levels_are_two_values_of_each_axis() -> None:
    axes = {"width": (4, 2, 1), "norm": ("none", "all")}
    assert two_levels(axes, {"width": (4, 1)}) == {"width": (4, 1), "norm": ("none", "all")}
    for chosen, said in (
        ({}, "levels: width has [4, 2, 1], and a factor has two of its axis's values"),
        ({"width": (4, 8)}, "levels: width has [4, 8]"),
        ({"width": (4, 4)}, "levels: width has [4, 4]"),
        ({"lr": (4, 1)}, "levels: 'lr' is no axis; choose among width, norm"),
    ):
        with pytest.raises(ConfigError, match=re.escape(said)):
            two_levels(axes, chosen)


def test_letters_leave_out_the_identity() -> None:
    assert "I" not in LETTERS

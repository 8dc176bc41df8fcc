"""What of a fractional factorial a user can choose: all of its cells, or with `--full` any of the
grid."""

from collections.abc import Mapping, Sequence

from results.errors import ConfigError
from results.text import cell_text
from searchspaces.fractions import Fraction
from searchspaces.grid import GridPoint, needs_of
from study.command_line.arguments import parse_assignment, parse_value, shown


def require_whole_factors(
    study: str, fraction: Fraction, only: Sequence[str], axes: Sequence[str]
) -> None:
    """Raise ConfigError where `--only` or `--axis` names other values of a factor than its two
    levels: a part of a fraction is no design."""
    form = fraction.design.partition(":")[0]
    for option, texts in (("--only", only), ("--axis", axes)):
        for text in texts:
            field, values = parse_assignment(option, text)
            if field not in fraction.levels:
                continue
            levels = fraction.levels[field]
            wanted = [parse_value(field, value) for value in values.split(",")]
            if option == "--axis" or set(wanted) != set(levels):
                listed = ", ".join(map(shown, levels))
                raise ConfigError(
                    f"{option} {text}: {study} is a {form} design, which has the levels {listed} "
                    f"of {field}, both or none; give --full too, which has all cells of the grid"
                )


def require_factors_matter(fraction: Fraction, cells: Sequence[GridPoint]) -> None:
    """Raise ConfigError where a factor cannot matter in some cell: its levels would be one run."""
    form = fraction.design.partition(":")[0]
    for cell in cells:
        values: Mapping[str, object] = dict(cell.values)
        for field in fraction.levels:
            if values[field] is None:
                where = cell_text({k: v for k, v in values.items() if v is not None})
                raise ConfigError(
                    f"{field}: changes nothing at {where}, for it needs "
                    f"{needs_of(cell.config, field)}, and in a {form} design each factor matters "
                    "in every cell; choose other levels, or give --full"
                )

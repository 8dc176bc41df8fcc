"""What a user writes for seeds, axes and fields, as typed values."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core.config import PARENTS, RunConfig, require_field
from results.errors import ConfigError
from results.text import closest, counted, did_you_mean
from searchspaces.axes import Axis

MOST_SEEDS = 10_000

NOT_SETTABLE = {
    "data": "give --data instead",
    "init_seed": "give --seeds instead",
    "data_seed": "give --seeds instead",
    "teacher": "set its fields, as in --set teacher.width=8",
    "start_from": "set its fields, as in --set start_from.iterations=5000",
}
DEFAULTS = RunConfig()


ONE_OR_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


def parse_seeds(text: str) -> tuple[tuple[int, int], ...]:
    """The (init_seed, data_seed) pairs that a text asks for.

    `3` pairs 0, 1, 2 with themselves, `2-4` pairs 2, 3, 4, `0,4-6` pairs 0, 4, 5, 6, and `10x3`
    crosses 10 init seeds with 3 data seeds.

    Raises:
        ConfigError: none of these forms, no seed at all, too many, or one twice.
    """
    if re.fullmatch(r"[0-9]+", text):
        require_few(text, int(text) if len(text) < 10 else MOST_SEEDS + 1)
        pairs = tuple((seed, seed) for seed in range(int(text)))
    elif re.fullmatch(r"[0-9]{1,9}x[0-9]{1,9}", text):
        inits, datas = (int(part) for part in text.split("x"))
        require_few(text, inits * datas)
        pairs = tuple((i, d) for i in range(inits) for d in range(datas))
    else:
        pairs = tuple((seed, seed) for seed in listed_seeds(text))
    if not pairs:
        raise ConfigError(f"--seeds {text}: at least one seed is needed")
    return pairs


def listed_seeds(text: str) -> list[int]:
    """Seeds that are named one by one, or from the first to the last of a range."""
    ranges = [ONE_OR_RANGE.fullmatch(part) for part in text.removesuffix(",").split(",")]
    seeds: list[int] = []
    for found in ranges:
        if found is None:
            raise ConfigError(
                f"--seeds {text}: give a number (3), a range (0-9), a list (0,4,7-9) or a crossing "
                "(10x3)"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise ConfigError(
                f"--seeds {text}: {first}-{last} runs backwards; write {last}-{first}"
            )
        require_few(text, len(seeds) + last - first + 1)
        seeds += range(first, last + 1)
    again = [seed for seed, times in Counter(seeds).items() if times > 1]
    if again:
        raise ConfigError(f"--seeds {text}: seed {again[0]} is listed twice")
    return seeds


def parse_teacher_seeds(text: str | None) -> tuple[int, ...]:
    """The seeds of teachers that a text asks for: `3` for 0, 1, 2, or a range or list of them.

    Raises:
        ConfigError: none of these forms, no seed at all, too many, or one twice.
    """
    if text is None:
        return (0,)
    try:
        pairs = parse_seeds(text)
    except ConfigError as error:
        raise ConfigError(f"--teacher-{str(error).removeprefix('--')}") from None
    if "x" in text:
        raise ConfigError(
            f"--teacher-seeds {text}: teachers have one seed each; give a number (3), a range "
            "(0-2) or a list (0,4)"
        )
    return tuple(seed for seed, _ in pairs)


def seeds_text(pairs: Sequence[tuple[int, int]]) -> str:
    """These pairs as `--seeds` lists them, `0-4,9`, or crosses them, `10x3`; of pairs that are
    neither, how many there are."""
    distinct = sorted(set(pairs))
    inits, datas = ({pair[side] for pair in distinct} for side in (0, 1))
    if all(init == data for init, data in distinct):
        return ",".join(ranges_of(sorted(inits)))
    crossed = {(i, d) for i in range(len(inits)) for d in range(len(datas))}
    if set(distinct) == crossed:
        return f"{len(inits)}x{len(datas)}"
    return counted(len(distinct), "pair")


def ranges_of(seeds: Sequence[int]) -> list[str]:
    """Sorted seeds with those that follow each other written as a range."""
    ends: list[list[int]] = []
    for seed in seeds:
        if ends and seed == ends[-1][1] + 1:
            ends[-1][1] = seed
        else:
            ends.append([seed, seed])
    return [str(first) if first == last else f"{first}-{last}" for first, last in ends]


def require_few(text: str, count: int) -> None:
    if count > MOST_SEEDS:
        raise ConfigError(f"--seeds {text}: more than {MOST_SEEDS} seeds at once")


def parse_value(field: str, text: str) -> Any:
    """The text as the type of that field of a configuration.

    Raises:
        ConfigError: no such field, or the text is not of its type.
    """
    head, _, rest = field.partition(".")
    if rest and head in PARENTS:
        return parse_value(rest, text)
    require_field(field)
    if field == "class_weights" and text in ("none", "inverse_frequency"):
        return text
    kind = float if field == "class_weights" else type(getattr(DEFAULTS, field))
    if kind is bool:
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{field}={text}: must be true or false")
        return text.lower() == "true"
    try:
        return kind(text)
    except ValueError:
        wanted = {int: "a whole number", float: "a number"}[kind]
        raise ConfigError(f"{field}={text}: must be {wanted}") from None


def shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def parse_assignment(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        several = option == "--axis"
        form, example = (
            ("FIELD=V1,V2", "width=2,4") if several else ("FIELD=VALUE", "temperature=5")
        )
        raise ConfigError(f"{option} {text}: write {form}, as in {option} {example}")
    return name, value


def restrict(axes: Sequence[Axis], only: Sequence[str]) -> tuple[Axis, ...]:
    """The axes with only the named values, in the study's order.

    Args:
        axes: of the study.
        only: what the user gave.

    Raises:
        ConfigError: not an axis of the study, one named twice, or a value the axis does not have.
    """
    kept = {axis.field: axis for axis in axes}
    named: set[str] = set()
    for text in only:
        field, values = parse_assignment("--only", text)
        if field in named:
            raise ConfigError(
                f"--only {text}: {field} was restricted already; name all its values at once, as "
                f"in --only {field}=V1,V2"
            )
        named.add(field)
        if field not in kept:
            raise ConfigError(
                f"--only {text}: '{field}' is no axis of the study"
                f"{did_you_mean(closest(field, kept))}; its axes: {', '.join(kept) or 'none'}"
            )
        wanted = [parse_value(field, value) for value in values.split(",")]
        if len(set(wanted)) < len(wanted):
            again = next(v for k, v in enumerate(wanted) if v in wanted[:k])
            raise ConfigError(f"--only {text}: the value {again} is listed twice")
        for value in wanted:
            if value not in kept[field].values:
                listed = ", ".join(map(shown, kept[field].values))
                raise ConfigError(
                    f"--only {text}: {value} is not among {field}'s values: {listed}; --axis "
                    f"{field}={shown(value)} adds it"
                )
        kept[field] = Axis(field, tuple(v for v in kept[field].values if v in wanted))
    return tuple(kept.values())


def require_settable(option: str, text: str, name: str) -> None:
    """Raise ConfigError where a field has an option of its own."""
    field = name.partition(".")[2] if name.partition(".")[0] in PARENTS and "." in name else name
    if name in ("teacher.init_seed", "teacher.data_seed"):
        raise ConfigError(
            f"{option} {text}: '{name}' cannot be set; --teacher-seeds A,B has teachers of these "
            "seeds, each with all the students"
        )
    if field in NOT_SETTABLE:
        raise ConfigError(f"{option} {text}: '{field}' cannot be set; {NOT_SETTABLE[field]}")


def by_run(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Fields by the run whose they are: of the students under "", of each parent under its name."""
    found: dict[str, dict[str, Any]] = {name: {} for name in ("", *PARENTS)}
    for name, value in values.items():
        head, dot, rest = name.partition(".")
        target, field = (head, rest) if dot and head in PARENTS else ("", name)
        found[target][field] = value
    return found


def overrides(
    sets: Sequence[str], axes: Sequence[Axis], added: Sequence[Axis] = ()
) -> dict[str, Any]:
    """The fields that `--set` changes, with their new values.

    Raises:
        ConfigError: a field that is an axis, unknown, not of its type, or has several values.
    """
    changes: dict[str, Any] = {}
    own, new = ({axis.field for axis in each} for each in (axes, added))
    for text in sets:
        name, value = parse_assignment("--set", text)
        if name in own:
            raise ConfigError(
                f"--set {text}: '{name}' is an axis of the study; choose its values with --only"
            )
        if name in new:
            raise ConfigError(f"--set {text}: --axis {name} has its values; leave out one of them")
        require_settable("--set", text, name)
        if name in changes:
            raise ConfigError(f"--set {text}: {name} was set already; name it once")
        require_field(name)
        if "," in value:
            raise ConfigError(f"--set {text}: sets one value; --axis {text} has a cell of each")
        changes[name] = parse_value(name, value)
    return changes

"""When `--until-width` and `--until-decided` stop adding seeds."""

from dataclasses import dataclass

from results.errors import ConfigError
from study.command_line.arguments import MOST_SEEDS, parse_seeds

DEFAULT_MAX_SEEDS = 100


@dataclass(frozen=True)
class Until:
    """What `--until-width` or `--until-decided` asks for."""

    width: float | None
    """Until each interval is narrower; None: until each contrast is decided."""
    max_seeds: int = DEFAULT_MAX_SEEDS
    begin: int | None = None
    """Seeds to begin with; None for the study's number of them, or a round's if that is less."""

    @classmethod
    def of(
        cls, width: float | None, max_seeds: int | None, seeds: str | None, *, decided: bool = False
    ) -> "Until | None":
        """What the options of a command ask for; None where they say nothing of it.

        Args:
            width: of `--until-width`.
            max_seeds: of `--max-seeds`.
            seeds: of `--seeds`, as it was written: how many to begin with.
            decided: whether `--until-decided` was given.

        Raises:
            ConfigError: both rules, seeds other than 0, 1, 2, ..., or more of them than the most.
        """
        if width is not None and decided:
            raise ConfigError(
                "--until-width and --until-decided: exclude each other; give one of them"
            )
        if width is None and not decided:
            if max_seeds is not None:
                raise ConfigError(
                    f"--max-seeds {max_seeds}: goes with --until-width or --until-decided"
                )
            return None
        option = "--until-decided" if decided else "--until-width"
        most = max_seeds or DEFAULT_MAX_SEEDS
        if most > MOST_SEEDS:
            raise ConfigError(f"--max-seeds {most}: more than {MOST_SEEDS}")
        if seeds is None:
            return cls(width, most)
        pairs = parse_seeds(seeds)
        if list(pairs) != [(seed, seed) for seed in range(len(pairs))]:
            raise ConfigError(
                f"--seeds {seeds}: with {option} seeds are 0, 1, 2, ... and never crossed or "
                "chosen; give the number to begin with, as in --seeds 5"
            )
        if len(pairs) > most:
            raise ConfigError(f"--seeds {seeds}: more than --max-seeds {most}")
        return cls(width, most, len(pairs))

    @property
    def option(self) -> str:
        """The option that asks for it."""
        return "--until-decided" if self.width is None else "--until-width"

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """All seeds that may be needed."""
        return tuple((seed, seed) for seed in range(self.max_seeds))

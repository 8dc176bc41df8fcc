"""With how many seeds what a study file asks can be answered at all, said before any is trained."""

from results.wording import counted
from study.ask import Ask


def too_few_seeds(asked: Ask) -> list[str]:
    """A sentence for each kind of question that so few seeds cannot answer, whatever they do."""
    # pandas and scipy take a second to import: only where the study file compares something.
    from results.statistics.equivalence import seeds_for_margin
    from results.statistics.paired import least_discordant

    number = len({planned.config.init_seed for planned in asked.runs})
    there = f"With {counted(number, 'seed')}"
    told = []
    least = least_discordant()
    if asked.study.contrasts and number < least:
        told.append(
            f"{there} no contrast can be decided, even if all differ: --seeds {least} or more."
        )
    for equivalence in asked.study.equivalences:
        least = seeds_for_margin(equivalence.margin)
        if number < least:
            told.append(
                f"{there} '{equivalence.question}' cannot be answered yes (margin "
                f"{equivalence.margin:g}), even if all agree: --seeds {least} or more."
            )
    return told

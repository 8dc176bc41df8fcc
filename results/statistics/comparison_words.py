"""What a comparison of two cells found, in words."""

from results.statistics.difference import Difference


def comparison_words(result: Difference, event: str, cell: str, against: str, stratum: str) -> str:
    """What became of the seeds, and why a verdict has to wait, if it has to.

    Args:
        result: of `difference_of`.
        event: what was counted.
        cell: name of the first cell.
        against: name of the other.
        stratum: what both have in common; may be empty.
    """
    happened = "fell" if event == "fell" else f"were {event}"
    count, total = result.against.count, result.against.total
    if result.both is None:
        text = (
            f"{count} of {total} runs {happened} with {against}, {result.cell.count} of "
            f"{result.cell.total}, of other seeds, with {cell}"
        )
    else:
        unit = "seeds" if result.design == "paired" else "pairs of seeds"
        kept, gained = result.only_against, result.only_cell
        text = f"{count} of {total} {unit} {happened} with {against}; {cell} " + (
            f"saved {kept} of these{learned_of(kept, result.only_against_learned, 'learned')} and "
            f"lost {gained} of the other {total - count}"
            f"{learned_of(gained, result.only_cell_learned, 'had learned')}"
            if event == "fell"
            else f"changed that for {kept} of these and for {gained} of the other {total - count}"
        )
    if stratum:
        text = f"at {stratum} {text}"
    if result.undecidable:
        text += f"; too few to decide: {result.undecidable}"
    if result.missing:
        text += f"; {result.missing} left out for want of an outcome"
    if result.left_out:
        text += f"; {result.left_out} runs left out whose seeds the other side lacks"
    return text + "."


def learned_of(seeds: int | None, learned: int | None, verb: str) -> str:
    """Nothing where all of them learned: not to fall is less than to learn."""
    return "" if learned == seeds else f" ({learned} of which {verb})"

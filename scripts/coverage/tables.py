"""The simulated shares as tables: every row for a terminal, the worst of each for a document."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from results.errors import ConfigError
from scripts.coverage.rows import ALPHA, CONFIDENCE, Row, standard_error

BEGIN, END = "<!-- simulated: begin -->", "<!-- simulated: end -->"
"""What the table in a document stands between."""
LOWEST = 0.93
"""A coverage below this is named with its case."""


def table_of(rows: Sequence[Row]) -> Table:
    """Every row."""
    table = Table()
    for heading in (
        "what",
        "case",
        "seeds",
        "covered",
        "false alarms",
        "mean width",
        "simulations",
    ):
        table.add_column(heading, justify="left" if heading in ("what", "case") else "right")
    for row in rows:
        shares = ["", ""]
        shares[row["kind"] != "coverage"] = f"{row['share']:.3f}"
        width = "" if row["width"] != row["width"] else f"{row['width']:.3f}"
        told = row["what"], row["case"], str(row["seeds"]), *shares, width, str(row["simulations"])
        table.add_row(*told)
    return table


def worst_rows(rows: Sequence[Row]) -> list[tuple[Row, int]]:
    """The worst telling row of each interval and verdict, and of how many it is that."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in telling(rows):
        found.setdefault((row["kind"], row["what"]), []).append(row)
    signs = {"coverage": 1, "false alarms": -1}
    return [
        (min(part, key=lambda row: signs[kind] * row["share"]), len(part))
        for (kind, _), part in found.items()
    ]


def telling(rows: Sequence[Row]) -> list[Row]:
    """The rows without those that say too little, as they have an interval in less than a fifth of
    the simulations that other cases have one in."""
    most: dict[tuple[str, str], int] = {}
    for row in rows:
        what = row["kind"], row["what"]
        most[what] = max(most.get(what, 0), row["simulations"])
    return [row for row in rows if row["simulations"] * 5 >= most[row["kind"], row["what"]] > 0]


def off(row: Row) -> bool:
    """Whether a share is worse than it should be by more than two standard errors."""
    if not row["simulations"]:
        return False
    if row["kind"] == "coverage":
        return row["share"] < LOWEST - 2 * standard_error(LOWEST, row["simulations"])
    return row["share"] > ALPHA + 2 * standard_error(ALPHA, row["simulations"])


def markdown(rows: Sequence[Row], simulations: int) -> str:
    """The worst case of everything, as a table."""
    lines = [
        f"Made by `python -m scripts.coverage --simulations {simulations} --markdown`: the worst "
        f"of the simulated cases. {CONFIDENCE:.0%} and {ALPHA:.0%} are meant.",
        "",
        "| interval | cases | least coverage | where | mean width there |",
        "| --- | --- | --- | --- | --- |",
    ]
    worst = worst_rows(rows)
    for row, cases in worst:
        if row["kind"] == "coverage":
            where = f"{row['seeds']} seeds, {row['case']}"
            figures = f"{cases} | {row['share']:.1%} | {where} | {row['width']:.2f}"
            lines.append(f"| {row['what']} | {figures} |")
    lines += ["", "| verdict, where it is not so | cases | most false alarms | where |"]
    lines.append("| --- | --- | --- | --- |")
    for row, cases in worst:
        if row["kind"] != "coverage":
            where = f"{row['seeds']} seeds, {row['case']}"
            lines.append(f"| {row['what']} | {cases} | {row['share']:.1%} | {where} |")
    low = [row for row in telling(rows) if off(row) and not row["what"].startswith("WRONG:")]
    if low:
        lines += [
            "",
            f"Worse than {LOWEST:.0%} or {ALPHA:.0%} by more than two standard errors:",
            "",
        ]
        lines += [
            f"- {row['what']}, {row['seeds']} seeds, {row['case']}: {row['share']:.1%}"
            for row in low
        ]
    return "\n".join(lines) + "\n"


def write_into(document: Path, text: str) -> None:
    """Put a table between the marks of a document.

    Raises:
        ConfigError: it cannot be read, or has no marks.
    """
    try:
        old = document.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--markdown {document}: {error.strerror}; name a document") from error
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ConfigError(f"--markdown {document}: has no {BEGIN} and {END}; put them there")
    document.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")

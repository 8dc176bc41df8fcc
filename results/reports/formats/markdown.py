"""A report as GitHub's Markdown."""

import re

from results.reports.formats.columns import WHERE_RUN_IDS, readable
from results.reports.report import RUN_IDS, Report, Table
from results.text import printable

SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&#$@!^]")
STARTS_A_BLOCK = re.compile(r"^(\d*)([-+=.)])")


def markdown(report: Report) -> str:
    """The report with its sentences as a list and its tables as tables."""
    parts = [f"# {escaped(report.study)}: {escaped(report.title)}", escaped(report.setting)]
    if report.answers:
        parts.append(
            "\n".join(f"- **{escaped(a.question)}** {escaped(a.sentence)}" for a in report.answers)
        )
    for table in report.tables:
        parts += [f"## {escaped(table.title)}", table_text(table)]
        if table.note:
            parts.append(escaped(table.note))
    notes = [*report.notes]
    if any(RUN_IDS in table.frame for table in report.tables):
        notes.append(WHERE_RUN_IDS)
    return "\n\n".join([*parts, *map(escaped, notes)]) + "\n"


def table_text(table: Table) -> str:
    """A line a row."""
    if table.frame.empty:
        return "No rows."
    shown = readable(table)
    columns = [*shown.keys, *shown.others]
    lines = [escaped(shown.shared), ""] if shown.shared else []
    lines += [
        row(escaped(column.heading) for column in columns),
        row(":--" if column.left else "--:" for column in columns),
    ]
    lines += [row(map(inline, texts)) for texts in zip(*(c.texts for c in columns), strict=True)]
    return "\n".join(lines)


def row(cells) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """The text in one line, with nothing in it that Markdown or HTML would take for its own."""
    return STARTS_A_BLOCK.sub(lambda found: f"{found[1]}{entity(found[2])}", inline(text))


def inline(text: str) -> str:
    """The same within a row of a table, where no block can begin."""
    return SPECIAL.sub(lambda found: entity(found[0]), " ".join(printable(text).split()))


def entity(sign: str) -> str:
    """A backslash before the sign, or where GitHub would still see it, its number."""
    return f"&#{ord(sign)};" if sign in "<>&|$@\\" else f"\\{sign}"

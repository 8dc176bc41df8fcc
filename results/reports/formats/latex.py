"""A report as a LaTeX document whose tables can be taken out of it."""

from collections.abc import Iterable, Sequence

from results.reports.formats.columns import WHERE_RUN_IDS, readable
from results.reports.report import RUN_IDS, Report, Table
from results.reports.widths import Column
from results.text import printable

PREAMBLE = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\usepackage[landscape,margin=2cm]{geometry}
\usepackage{booktabs}
\usepackage{longtable}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\begin{document}
"""
CHARACTERS = 120
"""That fit beside each other in a row; wider tables go on in a further one."""
COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": r"\textquotesingle{}",
    "`": r"\textasciigrave{}",
    "-": r"-{}",  # no two of them become a dash
    "[": r"{[}",  # no option of the \\ before it
    "]": r"{]}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "²": r"$^2$",
    "³": r"$^3$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "…": r"\dots{}",
}


def latex(*reports: Report) -> str:
    """One document with a section a report."""
    return PREAMBLE + "\n".join(map(section, reports)) + "\\end{document}\n"


def section(report: Report) -> str:
    parts = [
        rf"\section*{{{escaped(report.study)}: {escaped(report.title)}}}",
        escaped(report.setting),
        *(rf"\textbf{{{escaped(a.question)}}} {escaped(a.sentence)}" for a in report.answers),
    ]
    for table in report.tables:
        parts += [rf"\subsection*{{{escaped(table.title)}}}", *tables(table)]
        if table.note:
            parts.append(escaped(table.note))
    parts += map(escaped, report.notes)
    if any(RUN_IDS in table.frame for table in report.tables):
        parts.append(escaped(WHERE_RUN_IDS))
    return "\n\n".join(parts) + "\n"


def tables(table: Table) -> list[str]:
    """The table, in pieces that repeat the columns which name a row."""
    if table.frame.empty:
        return ["No rows."]
    shown = readable(table)
    pieces: list[list[Column]] = [[]]
    for column in shown.others:
        if pieces[-1] and width([*shown.keys, *pieces[-1], column]) > CHARACTERS:
            pieces.append([])
        pieces[-1].append(column)
    shared = [escaped(shown.shared)] if shown.shared else []
    return [*shared, *(longtable([*shown.keys, *piece]) for piece in pieces)]


def width(columns: Sequence[Column]) -> int:
    """In characters, with two between columns."""
    return sum(max(map(len, [column.heading, *column.texts])) + 2 for column in columns)


def longtable(columns: Sequence[Column]) -> str:
    sides = "".join("l" if column.left else "r" for column in columns)
    return "\n".join(
        [
            rf"\begin{{longtable}}{{{sides}}}",
            r"\toprule",
            line(column.heading for column in columns),
            r"\midrule",
            r"\endhead",
            r"\bottomrule",
            r"\endlastfoot",
            *map(line, zip(*(column.texts for column in columns), strict=True)),
            r"\end{longtable}",
        ]
    )


def line(cells: Iterable[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def escaped(text: str) -> str:
    """The text in one line, nothing in it a command; characters that the usual fonts of LaTeX do
    not have are written by their number."""
    plain = " ".join(printable(text).split())
    return "".join(COMMANDS.get(c) or (c if in_font(c) else f"U+{ord(c):04X}") for c in plain)


def in_font(character: str) -> bool:
    """ASCII, and the accented letters of Latin 1, which T1 fonts have."""
    return character.isascii() or (0xC0 <= ord(character) <= 0xFF and character not in "×÷")

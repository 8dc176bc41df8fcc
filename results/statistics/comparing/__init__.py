"""Cells held against each other and against the paper: contrasts, equivalence, paper's counts."""

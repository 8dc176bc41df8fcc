"""The command `python -m scripts.coverage`: how often what reports print is true.

Outcomes are drawn from known rates and given to the very functions that reports call; what is
counted is how often an interval holds the truth, and how often a verdict claims what is not so.
"""

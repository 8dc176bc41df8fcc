"""A ledger is looked after here: inspection, quarantine, compaction, merging.

What `results.check`, `results.compact` and `results.merge` do; no report and no statistic needs it.
"""

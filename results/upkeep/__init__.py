"""Looking after a ledger: validation, quarantine, compaction, merging.

What `results.check`, `results.compact` and `results.merge` do; no report and no statistic needs it.
"""

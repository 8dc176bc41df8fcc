"""Training what a request lacks: Ray Tune as the executor, leases, faults, progress.

The only place in `study` that imports ray. The ledger is the truth: whatever Ray says, a run is
finished once its row is there.
"""

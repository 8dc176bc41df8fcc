"""How a run is trained: its stream of tiles, the trainer, and the state it can go on from.

A trainer takes a configuration, volumes and perhaps a teacher, and yields evaluations; it knows
neither Ray nor the ledger's rows.
"""

"""What users write, as typed values: options, seeds, fields, names; and what explains them.

Nothing here trains or reads results. Every option becomes a field of a frozen dataclass; neither
click's contexts nor texts travel further in.
"""

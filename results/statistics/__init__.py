"""Verbs on frames of runs: how often, compared with what, when, how well.

Each takes a frame of `results.load_study` and returns a frame or a small dataclass. Numbers only:
sentences are made in `results.reports`. The arithmetic is in `methods`.
"""

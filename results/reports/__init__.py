"""What is said of a study: a `Report` built from its frame, then formats and figures of it.

`building` makes the report, `formats` print it, `figures` draw it. Nothing here computes a
statistic of its own.
"""

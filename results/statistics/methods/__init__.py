"""The field's methods: arrays in, numbers out, each with its source.

No pandas, no study, no English: what a textbook would recognise, checked against scipy,
statsmodels, published tables or simulation.
"""

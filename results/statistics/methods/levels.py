"""The usual level and power of tests, for those who need no test to name them."""

ALPHA = 0.05
POWER = 0.8

"""Say what a network is worth: losses and thresholds on whole slices, dead runs, the picture.

Everything here looks at a network and changes none. Calibration and thresholds come from
validation slices only; the test volume chooses nothing.
"""

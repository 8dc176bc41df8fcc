"""What training does not refuse and a user should know: a sentence for each suspicion.

The limits are far from what honest data show. Whole EPFL volumes differ by 0.04 of a standard
deviation in their mean grey value and by 2% in that deviation; their foreground is darker than the
background by 1.05 and 1.04 standard deviations. Of 200 pairs of random crops of them (8 slices of
128 x 128 pixels) one in twenty differs by more than one standard deviation; none differs twofold
in the deviation, and none has foreground that is brighter.
"""

from core.data.parts import Part, grey
from results.text import counted

FEW_SLICES = 10
"""Fewer training slices are called few: a run sees the same tissue again every few steps. With the
usual gap of five these are volumes of 15 slices or fewer, of which the gap is a third or more."""
SHIFT = 1.0
"""Means that differ by so many standard deviations of the training slices are called shifted."""
SPREAD = 2.0
"""Standard deviations that differ by this factor are called different."""
CONTRAST = 0.2
"""Foreground and background differ where their means are so many standard deviations apart; 0.2
is what Cohen calls a small effect (Statistical power analysis, 1988, section 2.2)."""


def few_slices(kept: int, held_out: int, gap: int, unspaced: int) -> list[str]:
    """Warn of few slices to train on.

    Args:
        kept: slices that are trained on.
        held_out: slices for validation.
        gap: slices between the two.
        unspaced: slices that would be trained on without a gap.
    """
    if kept >= FEW_SLICES:
        return []
    given = kept + held_out + gap
    left_out = f", {gap} left out between the two" if gap else ""
    remedy = (
        f", or give --validation-gap 0, which trains on {unspaced} of them, if they are separate "
        "images and no neighbours in a stack"
        if gap
        else ""
    )
    return [
        f"only {kept} of {counted(given, 'training slice')} {'is' if kept == 1 else 'are'} trained "
        f"on ({held_out} for validation{left_out}), and fewer than {FEW_SLICES} show little of how "
        f"tissue varies; add slices{remedy}"
    ]


def differences(training: Part, testing: Part) -> list[str]:
    """Warn of testing data that look inverted, else of those that are shifted or differ in spread.

    Inverted images turn the sign of the contrast between foreground and background, whatever else
    is changed; so do inverted masks, which also turn the foreground into the larger part.
    """
    return inverted(training, testing) or [
        *shifted(training, testing),
        *spread(training, testing),
    ]


def inverted(training: Part, testing: Part) -> list[str]:
    """Warn where foreground is darker than background in one part and brighter in the other."""
    contrasts = (training.contrast, testing.contrast)
    if min(map(abs, contrasts)) < CONTRAST or contrasts[0] * contrasts[1] > 0:
        return []
    first, second = (
        f"{'darker' if contrast < 0 else 'brighter'} {where} (by {abs(contrast):.1f} standard "
        "deviations)"
        for contrast, where in zip(contrasts, ("in training", "in testing"), strict=True)
    )
    shares = training.foreground_fraction, testing.foreground_fraction
    remedy = (
        f"foreground is {shares[0]:.0%} of training and {shares[1]:.0%} of testing, so the masks "
        "of one of the two are probably inverted: invert them"
        if (shares[0] - 0.5) * (shares[1] - 0.5) < 0
        else "invert the images of one of the two, or check its masks"
    )
    return [
        f"testing looks inverted: compared with the background, foreground is {first} but {second};"
        f" {remedy}"
    ]


def shifted(training: Part, testing: Part) -> list[str]:
    """Warn of means that are far apart."""
    shift = (testing.grey_mean - training.grey_mean) / training.grey_sd
    if abs(shift) < SHIFT:
        return []
    return [
        f"testing images are {'brighter' if shift > 0 else 'darker'} than training images: grey "
        f"mean {grey(testing.grey_mean)}, not {grey(training.grey_mean)}, which is "
        f"{abs(shift):.1f} standard deviations of training away; bring both to one scale, unless "
        "this is what you study"
    ]


def spread(training: Part, testing: Part) -> list[str]:
    """Warn of standard deviations that are far apart."""
    ratio = testing.grey_sd / training.grey_sd
    if 1 / SPREAD < ratio < SPREAD:
        return []
    return [
        f"testing images have {'more' if ratio > 1 else 'less'} contrast than training images: "
        f"grey sd {grey(testing.grey_sd)}, not {grey(training.grey_sd)}; bring both to one scale, "
        "unless this is what you study"
    ]


def repeated(slices: int, testing_slices: int) -> list[str]:
    """Warn of testing slices that are training or validation slices."""
    if not slices:
        return []
    return [
        f"{slices} of {counted(testing_slices, 'testing slice')} "
        f"{'is' if slices == 1 else 'are'} among the training volume's: test figures then say "
        "nothing of unseen tissue; take them out of one of the two"
    ]

"""The sides of images, in pixels, that a k-Unet takes."""

TILE_MULTIPLE = 16
"""Four 2x2 poolings want a side that is a multiple of 2**4, where convolutions are padded."""
VALID_LOSS = 184
"""The pixels by which unpadded convolutions shorten each side: 572 becomes 388."""
SMALLEST_VALID = 188
"""The smallest side that unpadded convolutions take: they answer for 4 pixels of it."""


def nearest_sides(side: int, padding: str = "same") -> tuple[int, int]:
    """Return the nearest sides, in pixels, that a k-Unet takes: at most and at least `side`."""
    least, offset = (SMALLEST_VALID, SMALLEST_VALID) if padding == "valid" else (TILE_MULTIPLE, 0)
    steps = (side - offset) // TILE_MULTIPLE
    below = offset + steps * TILE_MULTIPLE
    above = below if below == side else below + TILE_MULTIPLE
    return max(least, below), max(least, above)


def fitting_side(side: int, padding: str, most: int) -> int:
    """Return a side, in pixels, that a k-Unet takes instead of one that its other padding takes.

    Args:
        side: what is asked for; it is returned where this padding takes it, or neither does.
        padding: of the convolutions.
        most: pixels a side for which a tile can be answered; within it, the smallest tile is taken
            that answers for at least as many as `side` does with the other padding.
    """
    lost = {"same": 0, "valid": VALID_LOSS}
    other = "valid" if padding == "same" else "same"
    if side in nearest_sides(side, padding) or side not in nearest_sides(side, other):
        return side
    enough = nearest_sides(side - lost[other] + lost[padding], padding)[1]
    return min(enough, nearest_sides(most + lost[padding], padding)[0])

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

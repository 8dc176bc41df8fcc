"""Sides of images, in pixels, that a k-Unet takes."""

TILE_MULTIPLE = 16
"""Four 2x2 poolings: with padded convolutions a side must be a multiple of 2**4."""
VALID_LOSS = 184
"""Pixels a side by which unpadded convolutions shrink an image: 572 becomes 388."""
SMALLEST_VALID = 188


def nearest_sides(side: int, padding: str = "same") -> tuple[int, int]:
    """The nearest sides in pixels that a k-Unet takes, at most and at least `side`."""
    least, offset = (SMALLEST_VALID, SMALLEST_VALID) if padding == "valid" else (TILE_MULTIPLE, 0)
    steps = (side - offset) // TILE_MULTIPLE
    below = offset + steps * TILE_MULTIPLE
    above = below if below == side else below + TILE_MULTIPLE
    return max(least, below), max(least, above)

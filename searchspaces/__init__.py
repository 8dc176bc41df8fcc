"""Named axes, grids and sampled spaces: they only produce configurations."""

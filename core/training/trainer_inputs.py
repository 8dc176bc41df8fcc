"""What a trainer must be given so that it can train a configuration."""

from core.config import RunConfig
from core.data.sources import Volumes, require_tile_fits
from core.unet import KUNet
from results.errors import ConfigError


def require_inputs(
    config: RunConfig, volumes: Volumes, teacher: KUNet | None, start: bytes | None
) -> None:
    """Raise unless teacher, start and volumes are those that the configuration needs.

    Raises:
        ConfigError: a soft objective without a teacher, a start without its weights, or another
            data set's volumes.
        DataError: the tile is larger than a slice, or the slices of the curve hold only one class.
    """
    if config.needs_teacher and teacher is None:
        raise ConfigError(
            f"objective={config.objective!r} needs the trained teacher network, got None"
        )
    if (config.start_from is None) != (start is None):
        raise ConfigError("start_from and the weights to start from go together")
    if config.data != volumes.fingerprint:
        raise ConfigError(
            f"the run is bound to data '{config.data}', the volumes are '{volumes.fingerprint}'"
        )
    shape = volumes.training.images.shape[1:]
    require_tile_fits(config.tile, shape, config.answer_side)
    volumes.curve(config.curve_validation_slices, config.curve_slices)

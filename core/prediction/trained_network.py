"""A finished run's network as it is applied: with the run's normalisation and threshold."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from core.config import RunConfig
from core.evaluation.overlap import tiled_logits
from core.losses import logit_difference
from core.networks import network_from_weights, to_device
from core.unet import KUNet
from results.errors import ConfigError
from results.ledger.digest import sha256_of
from results.ledger.ledger import Ledger


@dataclass(frozen=True)
class TrainedNetwork:
    """A network, and the grey values that it was trained with."""

    network: KUNet
    mean: float
    """Of the training slices."""
    std: float
    shift: float
    divisor: float
    """The network sees (grey value - shift) / divisor."""

    @classmethod
    def of(cls, row: Mapping[str, Any], ledger: Ledger, device: str) -> "TrainedNetwork":
        """Load the network of a finished run's row.

        Raises:
            ConfigError: the row is too old, or the weights are others than it recorded.
            LedgerError: the weights are missing.
        """
        if row["grey_mean"] is None:
            raise ConfigError(
                f"the run {row['run_id']} is of an older version, which did not record how its "
                "grey values were normalised; train it again in another --out"
            )
        weights = ledger.weights(row["run_id"])
        if sha256_of(weights) != row["weights_sha256"]:
            raise ConfigError(f"the weights of {row['run_id']} are not those that the run recorded")
        network = network_from_weights(RunConfig.from_dict(json.loads(row["config"])), weights)
        mean, std = row["grey_mean"], row["grey_std"]
        shift, divisor = row["input_shift"], row["input_divisor"]
        if shift is None:  # of a version that knew one scale only
            shift, divisor = mean, std
        return cls(to_device(network, torch.device(device)), mean, std, shift, divisor)

    @torch.no_grad()
    def logits(
        self, grey: Shaped[np.ndarray, "height width"], tile: int, tick: Callable[[], None]
    ) -> Float[Tensor, "height width"]:
        """Compute the logit difference of one slice, of its own size; `tick` hears every tile.

        The numbers are those of `core.evaluation.evaluate`, up to rounding; they are equal bit for
        bit where a tile holds the whole slice.
        """
        device = next(self.network.parameters()).device
        images = torch.from_numpy(grey.astype(np.float32))[None, None].to(device)
        images = ((images - self.shift) / self.divisor).contiguous(
            memory_format=torch.channels_last
        )
        return logit_difference(tiled_logits(self.network, images, tile, tick))[0].cpu()


def threshold_of(probability: float | None, row: Mapping[str, Any]) -> float:
    """Find the logit difference above which the mask is foreground: that of the given probability,
    or the one chosen on the run's validation slices.

    Soft labels and class weights shift what p > 0.5 means, so that a network which segments well
    may mark nothing there.
    """
    if probability is not None:
        return math.log(probability) - math.log1p(-probability)
    return row["validation_threshold"] or 0.0

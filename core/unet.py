"""The k-Unet is Ronneberger's U-Net with k channels at its first level."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from core.config import BatchNorm, Init, InitBlock, Padding
from core.initialisation import initialise
from core.sides import nearest_sides
from results.errors import ConfigError

LEVELS = 5
BLOCKS = (
    *(f"contracting.{level}" for level in range(LEVELS)),
    *(f"expansive.{level}" for level in reversed(range(LEVELS - 1))),
)
"""The nine levels in the order in which data pass; the lists of the curve follow it."""
CLASSES = 2


class ConvBlock(nn.Module):
    """Two 3x3 convolutions, each followed by batch norm (where it is wanted) and ReLU."""

    def __init__(self, channels_in: int, channels_out: int, batch_norm: bool, padding: int) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(channels_in, channels_out, 3, padding=padding)
        self.conv1 = nn.Conv2d(channels_out, channels_out, 3, padding=padding)
        self.norm0 = nn.BatchNorm2d(channels_out) if batch_norm else nn.Identity()
        self.norm1 = nn.BatchNorm2d(channels_out) if batch_norm else nn.Identity()

    def forward(
        self, x: Float[Tensor, "batch channel height width"]
    ) -> Float[Tensor, "batch features answer_height answer_width"]:
        x = F.relu(self.norm0(self.conv0(x)), inplace=True)
        return F.relu(self.norm1(self.conv1(x)), inplace=True)


class KUNet(nn.Module):
    """The U-Net of widths k, 2k, 4k, 8k, 16k (sections 2.1 and 3.1; Ronneberger et al. 2015).

    Each level has two 3x3 convolutions with bias. 2x2 max-pooling leads down, 2x2 transposed
    convolutions of stride 2 with bias lead up, skips are concatenated, and a 1x1 head gives two
    logits.

    Args:
        width: k, channels at the first level, >= 1.
        batch_norm: the 3x3 convolutions that it follows; the paper's text says `expansive`, its
            parameter counts say `all`.
        padding: `same` pads with zeros and answers for the whole input; `valid` does not, as in
            Ronneberger et al., and answers for the input's centre, 184 pixels shorter a side.
        init: see `core.initialisation`.
        init_block: the block that `init` is for, others have PyTorch's default; or all.
        init_seed: it decides the initial weights, layer by layer.

    Raises:
        ConfigError: a value is outside its choices.
    """

    def __init__(
        self,
        width: int,
        batch_norm: BatchNorm = "none",
        padding: Padding = "same",
        init: Init = "torch",
        *,
        init_block: InitBlock = "all",
        init_seed: int = 0,
    ) -> None:
        super().__init__()
        if width < 1:
            raise ConfigError(f"width={width}: must be a whole number >= 1")
        if batch_norm not in ("none", "expansive", "all"):
            raise ConfigError(f"batch_norm={batch_norm!r}: must be one of none, expansive, all")
        if padding not in ("same", "valid"):
            raise ConfigError(f"padding={padding!r}: must be one of same, valid")
        self.padding: Padding = padding
        rim = 1 if padding == "same" else 0
        widths = [width * 2**level for level in range(LEVELS)]
        inputs = [1, *widths[:-1]]
        self.contracting = nn.ModuleList(
            ConvBlock(a, b, batch_norm == "all", rim) for a, b in zip(inputs, widths, strict=True)
        )
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(2 * a, a, kernel_size=2, stride=2) for a in widths[:-1]
        )
        self.expansive = nn.ModuleList(
            ConvBlock(2 * a, a, batch_norm != "none", rim) for a in widths[:-1]
        )
        self.head = nn.Conv2d(width, CLASSES, kernel_size=1)
        initialise(self, init, init_seed, init_block)

    def forward(
        self, images: Float[Tensor, "batch 1 height width"]
    ) -> Float[Tensor, "batch 2 answer_height answer_width"]:
        """Return the logits of background and foreground.

        Raises:
            ConfigError: the network cannot take a side; the message names the nearest it can.
        """
        require_fitting_size(images.shape[-2], images.shape[-1], self.padding)
        x = images
        skips = []
        for level, block in enumerate(self.contracting):
            x = block(x)
            if level < LEVELS - 1:
                skips.append(x)
                x = halve(x)
        for level in reversed(range(LEVELS - 1)):
            x = self.up[level](x)
            x = torch.cat([centre(skips[level], x.shape[-2], x.shape[-1]), x], dim=1)
            x = self.expansive[level](x)
        return self.head(x)


def halve(
    x: Float[Tensor, "batch channel height width"],
) -> Float[Tensor, "batch channel half_height half_width"]:
    """Pool by 2x2 maxima.

    Where no gradient is wanted they are computed as the maximum of four slices: the same bits,
    several times faster for few channels in channels-last order.
    """
    if torch.is_grad_enabled():
        return F.max_pool2d(x, 2)
    upper = torch.maximum(x[..., ::2, ::2], x[..., ::2, 1::2])
    return torch.maximum(upper, torch.maximum(x[..., 1::2, ::2], x[..., 1::2, 1::2]))


def centre(
    x: Float[Tensor, "batch *channel height width"], height: int, width: int
) -> Float[Tensor, "batch *channel {height} {width}"]:
    """Crop the central part of that size, in pixels, as Ronneberger crops what a skip carries."""
    top, left = (x.shape[-2] - height) // 2, (x.shape[-1] - width) // 2
    return x[..., top : top + height, left : left + width]


def require_fitting_size(height: int, width: int, padding: Padding = "same") -> None:
    """Raise ConfigError unless a k-Unet takes an image of this size, in pixels."""
    (low_h, high_h), (low_w, high_w) = nearest_sides(height, padding), nearest_sides(width, padding)
    if low_h == high_h == height and low_w == high_w == width:
        return
    rule = "multiples of 16" if padding == "same" else "16 n + 12 and at least 188"
    raise ConfigError(
        f"the network cannot take {height}x{width} pixels: both sides must be {rule}; "
        f"nearest sizes that fit: {low_h}x{low_w}, {high_h}x{high_w}"
    )


def parameter_count(width: int, batch_norm: BatchNorm = "none") -> int:
    """Count the trainable parameters of a k-Unet in closed form (31,042,434 for k = 64, `all`)."""
    k = width
    contracting = 3 * 3 * (k + 341 * k * k + 170 * k * k) + 62 * k
    up = 4 * 170 * k * k + 15 * k
    expansive = 3 * 3 * 255 * k * k + 30 * k
    head = CLASSES * k + CLASSES
    norm = {"none": 0, "expansive": 2 * 30 * k, "all": 2 * (30 + 62) * k}[batch_norm]
    return contracting + up + expansive + head + norm

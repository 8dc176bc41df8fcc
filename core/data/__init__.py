"""What a run sees: the sources that `--data` names, their files, splits and checks.

- `sources` opens what `--data` names, `layouts` finds the volumes of a directory, `phantom` makes
  the built-in ones, `images` reads images that have no annotation.
- `slices`, `tiff` and `png` decode files, after `limits` has looked at their headers; `grey` and
  `masks` say which values may stand in them, `foreground` which of a mask's are foreground.
- `volumes` splits, `identity` gives a data set its id, `checks` says what was found: what the
  `parts` are like, and which `suspicions` they raise.

Nothing here knows a network, and nothing imports torch.
"""

from core.data.sources import PhantomSource as PhantomSource
from core.data.sources import open_source as open_source
from core.data.volumes import Source as Source
from core.data.volumes import Stack as Stack
from core.data.volumes import Volumes as Volumes

"""What a run sees: sources that `--data` names, their files, splits and checks.

Readers take volumes from `sources`; PNG and TIFF files are decoded in `png` and `tiff` after
`limits` has read their headers. Nothing here may know a network, and nothing imports torch.
"""

from core.data.sources import PhantomSource as PhantomSource
from core.data.sources import open_source as open_source
from core.data.volumes import Source as Source
from core.data.volumes import Stack as Stack
from core.data.volumes import Volumes as Volumes

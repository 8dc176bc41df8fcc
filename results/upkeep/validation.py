"""The ledger's files are validated here, each kind by a rule; a LedgerError says what is wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import safetensors

from results.errors import LedgerError
from results.identity import content_id, is_name
from results.ledger.digest import sha256_of
from results.ledger.layout import COMPACTED

PNG = b"\x89PNG\r\n\x1a\n"
META = "meta"
"""The tensor of a checkpoint that holds as JSON all that is no tensor."""


def require_identity(row: Mapping[str, Any]) -> None:
    """Require that the run id can be one, and is the hash of the row's canonical form, if any."""
    if not is_name(row["run_id"]) or row["run_id"].startswith(COMPACTED):
        raise LedgerError(f"{row['run_id']!r:.80} is no run id")
    if row["identity"] is None:  # of a version that did not record it
        return
    try:
        found = content_id(json.loads(row["identity"]))
    except (ValueError, TypeError, RecursionError):
        found = "none"
    if found != row["run_id"]:
        raise LedgerError(f"the row of {row['run_id']} has an identity of another id, {found}")


def require_weights(content: bytes | None, row: Mapping[str, Any]) -> None:
    """Require that the weights are there, and fit the row's digest if it has one."""
    if content is None:
        raise LedgerError(f"the weights of {row['run_id']} are missing")
    if row["weights_sha256"] not in (None, sha256_of(content)):
        raise LedgerError(f"not the weights that the row of {row['run_id']} recorded")


def require_picture(content: bytes) -> None:
    """Require that the file begins as PNG pictures do."""
    if not content.startswith(PNG):
        raise LedgerError("not a PNG picture")


def checkpoint_meta(content: bytes) -> dict[str, Any]:
    """Return what a checkpoint holds beside its tensors.

    Raises:
        LedgerError: the checkpoint is damaged.
    """
    try:
        tensors = dict(safetensors.deserialize(content))
    except Exception as error:  # whatever a damaged file provokes
        raise LedgerError(f"not a checkpoint ({' '.join(str(error).split())})") from error
    if META not in tensors:
        raise LedgerError(f"not a checkpoint (it has no tensor '{META}')")
    try:
        meta = json.loads(bytes(tensors[META]["data"]))
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise LedgerError(
            f"not a checkpoint (its tensor '{META}' is not JSON: {reason})"
        ) from error
    if not isinstance(meta, dict):
        raise LedgerError(f"not a checkpoint (its tensor '{META}' is not a JSON object)")
    return meta


@dataclass(frozen=True)
class Evaluations:
    """How many evaluations a curve has, and where it ends."""

    count: int
    distinct: int
    last: int | None
    """The iteration of the last one."""

    def require_distinct(self) -> None:
        """Require that no evaluation is there twice, and that each says after which iteration."""
        if self.distinct < self.count:
            raise LedgerError("the same evaluation is there twice, or one has no iteration")

    def require_end(self, row: Mapping[str, Any]) -> None:
        """Require that the curve ends where the row does."""
        if row["iterations_done"] not in (None, self.last):
            raise LedgerError(
                f"it ends at iteration {self.last}, the row of {row['run_id']} at "
                f"{row['iterations_done']}"
            )


def evaluations(curves: pa.Table) -> dict[str, Evaluations]:
    """Count the evaluations of every run in a table of curves."""
    every = pc.CountOptions(mode="all")
    table = curves.group_by("run_id", use_threads=False).aggregate(
        [("iteration", "count", every), ("iteration", "count_distinct"), ("iteration", "max")]
    )
    return {
        row["run_id"]: Evaluations(
            row["iteration_count"], row["iteration_count_distinct"], row["iteration_max"]
        )
        for row in table.to_pylist()
    }

"""The identity of a configuration: the hash of its canonical form."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

ID_LENGTH = 16
"""An id has so many hexadecimal digits: a collision among a million runs has odds of 3e-8."""

LONGEST_NAME = 128
"""A name from elsewhere has at most so many characters: with every ending it still fits a file."""


def is_name(text: object) -> bool:
    """Tell whether a run id or a study's name can be part of a file name wherever it came from."""
    return (
        isinstance(text, str)
        and len(text) <= LONGEST_NAME
        and re.fullmatch(r"[0-9A-Za-z_-][0-9A-Za-z_.-]*", text) is not None
    )


def canonical_json(payload: Mapping[str, Any]) -> str:
    """Write one text for one meaning: sorted keys, no white space, shortest round-trip floats."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_id(payload: Mapping[str, Any]) -> str:
    """Return the first 64 bits of the canonical form's SHA-256, as 16 hexadecimal digits."""
    return hashlib.sha256(canonical_json(payload).encode()).hexdigest()[:ID_LENGTH]


def without_defaults(fields: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Drop every field that stands at its default, so that a new field changes no old id."""
    return {
        name: value
        for name, value in fields.items()
        if name not in defaults or value != defaults[name]
    }

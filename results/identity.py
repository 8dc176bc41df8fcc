"""The identity of a configuration: the hash of its canonical form."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

ID_LENGTH = 16
"""Hexadecimal digits of an id: 64 bits, a collision among a million runs has odds of 3e-8."""

LONGEST_NAME = 128
"""Characters of a name that comes from elsewhere: with every ending we add it is a file's name."""


def is_name(text: object) -> bool:
    """Whether a run id or a study's name can be part of a file's name wherever it came from."""
    return (
        isinstance(text, str)
        and len(text) <= LONGEST_NAME
        and re.fullmatch(r"[0-9A-Za-z_-][0-9A-Za-z_.-]*", text) is not None
    )


def canonical_json(payload: Mapping[str, Any]) -> str:
    """One text for one meaning: sorted keys, no white space, shortest round-trip floats."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False)


def content_id(payload: Mapping[str, Any]) -> str:
    """The first 64 bits of the SHA-256 of the canonical form, as 16 hexadecimal digits."""
    return hashlib.sha256(canonical_json(payload).encode()).hexdigest()[:ID_LENGTH]


def without_defaults(fields: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Drop every field that stands at its default, so that a new field changes no old id."""
    return {
        name: value
        for name, value in fields.items()
        if name not in defaults or value != defaults[name]
    }

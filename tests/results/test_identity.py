"""The canonical form: one text for one meaning."""

import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.identity import canonical_json, content_id, without_defaults

finite = st.floats(allow_nan=False, allow_infinity=False)
payloads = st.dictionaries(st.text(), st.integers() | finite | st.text() | st.booleans())


def test_the_id_is_the_start_of_the_hash_of_the_sorted_compact_text() -> None:
    text = b'{"a":{"x":0.1,"y":null},"b":1}'
    payload = {"b": 1, "a": {"y": None, "x": 0.1}}
    assert canonical_json(payload).encode() == text
    assert content_id(payload) == hashlib.sha256(text).hexdigest()[:16]


@given(payloads)
def test_the_order_of_the_fields_does_not_matter(payload: dict[str, Any]) -> None:
    assert content_id(dict(reversed(payload.items()))) == content_id(payload)


@given(payloads)
def test_the_text_says_everything(payload: dict[str, Any]) -> None:
    assert json.loads(canonical_json(payload)) == payload


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_json_cannot_say_has_no_id(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        content_id({"x": value})


def test_only_values_at_their_default_are_dropped() -> None:
    fields = {"same": 1, "other": 2, "new": None}
    assert without_defaults(fields, {"same": 1, "other": 1}) == {"other": 2, "new": None}


@given(payloads, payloads)
def test_defaults_can_be_put_back(fields: dict[str, Any], defaults: dict[str, Any]) -> None:
    kept = {name: value for name, value in defaults.items() if name in fields}
    assert kept | without_defaults(fields, defaults) == fields

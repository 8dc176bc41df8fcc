"""JSON values that are almost what they should be."""

from typing import Any

from hypothesis import strategies as st

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


@st.composite
def nearly(draw: st.DrawFn, value: Any) -> Any:
    """The JSON value with one thing in it replaced or left out."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        copy = value.copy()
        if draw(st.integers(0, 5)):
            copy[key] = draw(nearly(value[key]))
        else:
            del copy[key]
        return copy
    return draw(json_values)

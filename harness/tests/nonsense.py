"""What is almost right: text with a few bytes changed, and values of another kind."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

BOUNDED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "must", "linux", "conforms", "2026-01-01", ">=6", "v4", "header"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn, text: bytes) -> bytes:
    """The text with a few bytes replaced, removed, or put in twice."""
    made = bytearray(text)
    for _ in range(draw(st.integers(1, 3))):
        if not made:
            break
        at = draw(st.integers(0, len(made) - 1))
        how = draw(st.sampled_from(["replace", "remove", "insert", "cut", "twice"]))
        if how == "replace":
            made[at] = draw(st.integers(0, 255))
        elif how == "remove":
            del made[at : at + draw(st.integers(1, 20))]
        elif how == "insert":
            made[at:at] = draw(st.binary(min_size=1, max_size=6))
        elif how == "cut":
            del made[at:]
        else:
            made[at:at] = made[at : at + draw(st.integers(1, 40))]
    return bytes(made)


@st.composite
def changed(draw: st.DrawFn, line: bytes) -> bytes:
    """The JSON object with a value of another kind, or without one."""
    told = json.loads(line)
    name = draw(st.sampled_from(sorted(told)))
    if draw(st.booleans()):
        told[name] = draw(JSON)
    else:
        del told[name]
    return json.dumps(told).encode()

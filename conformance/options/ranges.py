"""Numbers of a region: drawn so that the smallest example is the region's least number."""

from __future__ import annotations

from hypothesis import strategies as st

DRAWN = st.integers(0, 2**31 - 1)


def within(least, most, drawn):
    """The number of a region, both ends included, that a drawn one stands for."""
    return least + drawn % (max(least, most) - least + 1)

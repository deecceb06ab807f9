"""What property tests draw: once for all cases of a test, and shared out among them.

Hypothesis takes longer to draw an example than most cases take to try it, and what a test draws
depends on none of its cases.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.spec.rules import Case

__all__ = ["shared", "spread"]

_SPREAD = 2  # portions of one after the other case: in neighbours a bug is mostly the same
_GIVEN = ("sockets", "see", "case")
_ATOMS = (bool, int, float, str, bytes, type(None))  # what no test can change


def spread(test: Any) -> int:
    """How many times the examples of one case are to be drawn for all cases of a test."""
    return min(_SPREAD, len(test.sockspec_cases))


def shared(test: Any, case: Case, examples: int) -> Iterator[dict[str, Any]]:
    """The arguments of each example of a case: the simplest, and a portion of the others.

    `test` has the settings that say how many are drawn in all.
    """
    first, *others = _drawn(test)
    yield _own(first)
    places = (each.id for _, each, _ in test.sockspec_cases)
    portion = list(places).index(case.id) % spread(test)
    begin = portion * len(others) // spread(test)
    for each in itertools.islice([*others[begin:], *others[:begin]], examples - 1):
        yield _own(each)


@functools.cache
def _drawn(test: Any) -> list[dict[str, Any]]:
    import hypothesis  # noqa: PLC0415 - only property tests need it

    found: list[dict[str, Any]] = []

    def collect(**arguments: Any) -> None:
        found.append({name: arguments[name] for name in arguments.keys() - set(_GIVEN)})

    inner = test.hypothesis.inner_test
    # The same in every run. Without a seed Hypothesis reads the test's source to make one.
    hypothesis.seed(zlib.crc32(f"{test.__module__}.{test.__qualname__}".encode()))(test)
    test.hypothesis.inner_test = collect
    try:
        test(**dict.fromkeys(_GIVEN))
    finally:
        test.hypothesis.inner_test = inner
    return found


def _own(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """The same values, for a test that may change them."""
    return {
        name: value if isinstance(value, _ATOMS) else deepcopy(value)
        for name, value in drawn.items()
    }

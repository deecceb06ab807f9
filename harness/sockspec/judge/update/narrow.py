"""The narrowest filters: which parameters and conditions tell some points from others."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from sockspec.judge.update.points import WHEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sockspec.judge.entry import When

__all__ = ["Filter", "Placed", "narrow", "narrowed", "value"]


class Placed(Protocol):
    """Something that has attributes: parameters, and conditions as `when.NAME`."""

    @property
    def attributes(self) -> dict[str, str]:
        """The values, by name."""


Filter = dict[str, list[str]]
"""Attributes of points and the values that they may have; of a version, one range."""

VERSION = f"{WHEN}version"


def narrow(
    inside: Sequence[Placed], outside: Sequence[Placed], needed: Collection[str] = ()
) -> list[Filter]:
    """Filters that cover all of `inside` and nothing of `outside`: few, and short.

    Conditions are used only where parameters do not do; those of `needed` always. Where
    nothing that can stand in a profile tells two points apart, a filter covers both.
    """
    names = [n for n in inside[0].attributes if all(n in each.attributes for each in inside)]
    return _narrow(inside, outside, needed, names)


def _narrow(
    inside: Sequence[Placed],
    outside: Sequence[Placed],
    needed: Collection[str],
    names: Sequence[str],
) -> list[Filter]:
    able = [name for name in names if _can_stand(name, inside)]
    for chosen in _choices(able, needed):
        made = _filter(inside, outside, chosen)
        if made is not None and not any(covers(made, each) for each in outside):
            return [made]
    # No one filter does: one for each value of an attribute, and so on in each part.
    some = [name for name in able if len(_values(inside, name)) > 1]
    usual = [name for name in some if not name.startswith(WHEN)]
    tried = usual or some or able[:1]
    splits = (_split(inside, outside, needed, names, name) for name in tried)
    return min(splits, key=len, default=[{}])


def narrowed(when: When, made: Filter) -> When:
    """The conditions with those of a filter added."""
    conditions: dict[str, Any] = {}
    settings = dict(when.setting)
    for name, values in made.items():
        condition = name.removeprefix(WHEN)
        if name.startswith(f"{WHEN}setting."):
            settings[condition.removeprefix("setting.")] = values[0]
        elif name == VERSION:
            both = [*filter(None, [when.version]), *values]
            conditions["version"] = ",".join(dict.fromkeys(both))
        elif name == f"{WHEN}privileged":
            conditions["privileged"] = values[0] == "true"
        elif name.startswith(WHEN):
            conditions[condition] = value(values)
    return msgspec.structs.replace(when, **conditions, setting=settings)


def value(values: list[str]) -> str | list[str]:
    """Several values, or the one, as an entry has them."""
    return values[0] if len(values) == 1 else values


def covers(made: Filter, point: Placed) -> bool:
    """Whether a point has all that a filter asks for."""
    return all(_has(point.attributes.get(name), name, wanted) for name, wanted in made.items())


def _has(value: str | None, name: str, wanted: list[str]) -> bool:
    if value is None:
        return False
    if name == VERSION:
        return bool(value) and Version(value) in SpecifierSet(wanted[0])
    return value in wanted


def _can_stand(name: str, inside: Sequence[Placed]) -> bool:
    # In a profile a setting has one value, which may be none; other conditions have some.
    values = _values(inside, name)
    if name.startswith((f"{WHEN}setting.", f"{WHEN}privileged")):
        return len(values) == 1
    return "" not in values or not name.startswith(WHEN)


def _choices(names: Sequence[str], needed: Collection[str]) -> Iterator[tuple[str, ...]]:
    parameters = [name for name in names if not name.startswith(WHEN)]
    always = tuple(name for name in names if name in needed)
    conditions = [name for name in names if name.startswith(WHEN) and name not in always]
    for many in range(min(2, len(conditions)) + 1):
        for count in range(len(parameters) + 1):
            for some in itertools.combinations(conditions, many):
                for chosen in itertools.combinations(parameters, count):
                    yield (*chosen, *always, *some)


def _values(of: Sequence[Placed], name: str) -> list[str]:
    return list(dict.fromkeys(each.attributes[name] for each in of if name in each.attributes))


def _filter(
    inside: Sequence[Placed], outside: Sequence[Placed], chosen: Sequence[str]
) -> Filter | None:
    made = {name: _values(inside, name) for name in chosen if name != VERSION}
    if VERSION in chosen:
        left = [each for each in outside if covers(made, each)]
        bound = _range(_values(inside, VERSION), _values(left, VERSION))
        if not bound:
            return None
        made[VERSION] = [bound]
    return made


def _range(inside: Sequence[str], outside: Sequence[str]) -> str:
    """A range with all of the versions inside and none of those outside; empty if none is."""
    if not all((*inside, *outside)):
        return ""
    ours = sorted(map(Version, inside))
    below = [each for each in map(Version, outside) if each < ours[0]]
    above = [each for each in map(Version, outside) if each > ours[-1]]
    if len(below) + len(above) < len(outside):
        return ""
    lower = [f">={ours[0]}"] if below else []
    upper = [f"<{min(above)}"] if above else []
    return ",".join(lower + upper)


def _split(
    inside: Sequence[Placed],
    outside: Sequence[Placed],
    needed: Collection[str],
    names: Sequence[str],
    name: str,
) -> list[Filter]:
    made: list[Filter] = []
    others = [each for each in names if each != name]
    for value in _values(inside, name):
        part = [each for each in inside if each.attributes[name] == value]
        rest = [each for each in outside if each.attributes.get(name) == value]
        wanted = f"=={value}" if name == VERSION else value
        made.extend({name: [wanted], **each} for each in _narrow(part, rest, needed, others))
    return made

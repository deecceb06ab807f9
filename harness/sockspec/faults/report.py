"""What a hunt found, as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sockspec import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sockspec.faults.hunt import Hunted

__all__ = ["idle", "lines"]

_VERDICTS = ("named", "other", "survived")


def idle(found: Sequence[Hunted], rules: Collection[str]) -> list[str]:
    """The rules that noticed none of the faults."""
    return sorted(set(rules) - {rule for each in found for rule in each.rules})


def lines(
    found: Sequence[Hunted], rules: Collection[str], *, base: str, date: str
) -> Iterator[str]:
    """The page: counts by table, and by name what was missed."""
    counts = Counter((_table(each), each.verdict) for each in found)
    whole = Counter(each.verdict for each in found)
    named = 100 * whole["named"] / max(1, len(found))
    yield (
        f"Measured on {date} with sockspec {__version__} and the backend `{base}`: "
        f"{len(found)} faults, {named:.1f} % noticed by a rule that names the promise."
    )
    yield ""
    yield "| faults of | all | named | other | survived |"
    yield "|---|--:|--:|--:|--:|"
    for table in dict.fromkeys(map(_table, found)):
        told = [counts[table, verdict] for verdict in _VERDICTS]
        yield f"| {table} | {' | '.join(map(str, [sum(told), *told]))} |"
    told = [whole[verdict] for verdict in _VERDICTS]
    yield f"| **together** | {' | '.join(map(str, [sum(told), *told]))} |"
    yield ""
    for verdict, title in (
        ("other", "Noticed by a rule that does not name the promise"),
        ("survived", "Noticed by none"),
    ):
        those = [each for each in found if each.verdict == verdict]
        if those:
            yield f"{title}:"
            yield ""
            for each in those:
                by = f" ({', '.join(f'`{rule}`' for rule in each.rules[:2])})"
                yield f"- `{each.fault.name}`: {each.fault.does}{by if each.rules else ''}"
            yield ""
    left = idle(found, rules)
    yield f"Of {len(rules)} rules that work there, {len(rules) - len(left)} noticed a fault."
    if left:
        yield "These noticed none:"
        yield ""
        yield from (f"- `{each}`" for each in left)


def _table(each: Hunted) -> str:
    return each.fault.name.partition("/")[0]

"""What a hunt found, as a page of the documentation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sockspec import __version__
from sockspec.faults.hunt import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sockspec.faults.hunt import Hunted
    from sockspec.faults.kept import Joined

__all__ = ["begins", "idle", "lines"]


def idle(found: Sequence[Hunted], rules: Collection[str]) -> list[str]:
    """The rules that noticed none of the faults."""
    return sorted(set(rules) - {rule for each in found for rule in each.rules})


_BEGINNING = "Measured on "


def begins(head: bytes) -> bool:
    """Whether a file that begins so is such a page."""
    return head.startswith(_BEGINNING.encode())


def lines(joined: Joined, *, base: str) -> Iterator[str]:
    """The page: counts by table, and by name what was missed."""
    found = joined.found
    counts = Counter((_table(each), each.verdict) for each in found)
    whole = Counter(each.verdict for each in found)
    reached = len(found) + len(joined.left) - whole["unreached"]
    named = 100 * whole["named"] / max(1, reached)
    over = " and ".join(f"`--link {each}`" if each else "the loopback" for each in joined.links)
    yield (
        f"{_BEGINNING}{' and '.join(joined.dates)} with sockspec {__version__} and the backend "
        f"`{base}`, over {over}: {len(found) + len(joined.left)} faults, {reached} of them within reach, of which "
        f"{named:.1f} % were noticed by a rule that names the promise."
    )
    yield ""
    yield f"| faults of | all | {' | '.join(VERDICTS)} |"
    yield f"|---|--:|{'--:|' * len(VERDICTS)}"
    for table in dict.fromkeys(map(_table, found)):
        told = [counts[table, verdict] for verdict in VERDICTS]
        yield f"| {table} | {' | '.join(map(str, [sum(told), *told]))} |"
    told = [whole[verdict] for verdict in VERDICTS]
    yield f"| **together** | {' | '.join(map(str, [sum(told), *told]))} |"
    yield ""
    for verdict, title in (
        ("other", "Noticed by a rule that does not name the promise"),
        ("survived", "Noticed by none"),
        ("unreached", "Reached by no case"),
    ):
        those = [each for each in found if each.verdict == verdict]
        if those:
            yield f"{title}:"
            yield ""
            for each in those:
                by = f" ({', '.join(f'`{rule}`' for rule in each.rules[:2])})"
                yield f"- `{each.fault.name}`: {each.fault.does}{by if each.rules else ''}"
            yield ""
    if joined.left:
        yield "Not hunted to the end, with all rules that name them:"
        yield ""
        yield from (f"- `{each}`" for each in joined.left)
        yield ""
    if not joined.rules:
        yield "Not every rule was asked of each: a fault was done with when one that names it noticed."
        return
    left = idle(found, joined.rules)
    yield f"Of {len(joined.rules)} rules that work there, {len(joined.rules) - len(left)} noticed a fault."
    if left:
        yield "These noticed none:"
        yield ""
        yield from (f"- `{each}`" for each in left)


def _table(each: Hunted) -> str:
    return each.fault.name.partition("/")[0]

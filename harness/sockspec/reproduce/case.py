"""What a script says of its case: the rule, what is expected, what was seen and where."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sockspec.reproduce.link import Link

if TYPE_CHECKING:
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Rule

__all__ = ["Shown", "of"]

_SEEN = {
    "packets",
    "own-packets",
    "link",
    "interfaces",
    "impairment",
}  # what a rule about packets needs
_MOST = 20  # packets that are listed


@dataclass(frozen=True, slots=True)
class Shown:
    """The words of one script."""

    case: str
    sentence: str
    sources: tuple[str, ...]
    expected: tuple[str, ...]
    behaviour: str
    meaning: str
    by: str
    notes: tuple[str, ...] = ()
    link: Link = field(default_factory=Link)
    """What the script does about the network between two ends."""

    @property
    def seen(self) -> str:
        """The behaviour, with what it means."""
        more = f": {self.meaning}" if self.meaning else ""
        return f"{self.behaviour}{more}"

    @property
    def lines(self) -> list[str]:
        """The head of a script, as lines of text."""
        return [
            self.case,
            "",
            *textwrap.wrap(self.sentence, 88),
            *(f"({each})" for each in self.sources),
            "",
            f"expected: {' or '.join(self.expected) or 'nothing is promised'}",
            f"seen:     {self.seen}",
            f"by:       {self.by}",
            "",
            *self.notes,
            *([""] if self.notes else []),
            "Exits 1 while that lasts, 0 when it is gone, 2 when it could not be tried.",
        ]

    @property
    def constants(self) -> list[str]:
        """What a script of Python says at its end."""
        return [
            f"RULE = {self.case!r}",
            f"SENTENCE = {self.sentence!r}",
            f"EXPECTED = {self.expected!r}",
            f"SEEN = {self.seen!r}",
        ]

    @property
    def docstring(self) -> str:
        """The head as the inside of a docstring of Python."""
        return "\n".join(self.lines).replace("\\", "\\\\").replace('"""', "'''") + "\n"


def of(
    run: Run,
    observation: Observation,
    behaviour: str,
    rule: Rule | None,
    link: Link,
) -> Shown:
    """The words for a behaviour of a case of a run; what the script does about its `link`."""
    return Shown(
        case=observation.case,
        sentence=rule.sentence if rule else observation.rule,
        sources=tuple(f"{each.publication} {each.clause}" for each in rule.sources)
        if rule
        else (),
        expected=tuple(sorted(rule.conforming)) if rule else (),
        behaviour=behaviour,
        meaning=rule.meaning(behaviour) if rule else "",
        by=run.heading,
        notes=(*_ends(run, observation, link), *_packets(run, observation, behaviour, rule)),
        link=link,
    )


def _ends(run: Run, observation: Observation, link: Link) -> list[str]:
    """What a script does not arrange of two ends that were two implementations."""
    if not run.header.peer:
        return []
    way = f"a link ({run.header.link})" if run.header.link else "the loopback"
    makes = "over a link (veth), which it makes" if link.is_made else "on the loopback"
    if link.why:
        makes = "over such a link, where that is there"
    told = (
        f"The other end was {run.header.peer}, over {way}. This script makes both ends itself, "
        f"{makes}: where the behaviour needs the other one, run the case again with the same "
        "--backend and --peer:"
    )
    options = f" --link {run.header.link}" if run.header.link else ""
    command = f"  sockspec run --backend ... --peer ...{options} --rule '{observation.case}'"
    return [*textwrap.wrap(told, 88), command]


def _packets(
    run: Run, observation: Observation, behaviour: str, rule: Rule | None
) -> list[str]:
    """What to look for on the wire, where the calls alone do not show it."""
    packets = observation.witness[behaviour].get("packets", ())
    if not packets and not (rule and _SEEN & {*rule.needs}):
        return []
    how = "meanwhile (tcpdump -i lo -w seen.pcap, or Wireshark)"
    if run.header.link:
        how = "with `--capture seen.pcapng` in that command"
    told = f"The packets show it, more than what the calls return. Capture them {how}"
    if not packets:
        return textwrap.wrap(f"{told}, and look for what `seen` says.", 88)
    shown = [f"  ~ {each['packet']}" for each in packets[:_MOST]]
    more = len(packets) - len(shown)
    rest = [f"  ... and {more} more"] if more > 0 else []
    return [*textwrap.wrap(f"{told}, and look for what came in the run:", 88), *shown, *rest]

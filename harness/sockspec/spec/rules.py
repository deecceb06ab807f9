"""Rules: the promises of the socket API, each with a permanent id.

A rule is declared beside its test, once. `Rule.case` turns a test function into
one pytest item for each combination of parameters; the registry gathers the rules
as their modules are imported; `sockspec.spec.lint` says what is wrong with them.
"""

from __future__ import annotations

import enum
import itertools
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sockspec.spec.sources import Source

__all__ = [
    "ALONE",
    "BLOCKING",
    "BOTH",
    "CLIENT",
    "CONFORMS",
    "DGRAM",
    "INET",
    "MAPPED",
    "MAY",
    "MUST",
    "NETLINK",
    "NONBLOCKING",
    "OURS",
    "PACKET",
    "PING",
    "RAW",
    "SEQPACKET",
    "SERVER",
    "SHOULD",
    "STREAM",
    "UNIX",
    "UNSPECIFIED",
    "V4",
    "V6",
    "VSOCK",
    "Case",
    "End",
    "Level",
    "Registry",
    "Rule",
    "registry",
    "rule",
]


class Level(enum.StrEnum):
    """How strongly the sources promise a rule (RFC 2119; "unspecified": they do not)."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"
    UNSPECIFIED = "unspecified"


MUST, SHOULD, MAY, UNSPECIFIED = Level


class End(enum.StrEnum):
    """Which end of a connection a rule judges: what a peer makes is the other one."""

    OURS = "ours"
    """The first socket of `sockets.connected()`; a rule without it has one end only."""
    CLIENT = "client"
    """The one that connects or sends; what it connects to is the peer's."""
    SERVER = "server"
    """The one that listens and accepts; what connects to it is the peer's."""
    ALONE = "alone"
    """Several sockets of one system: a peer has no part in it."""


OURS, CLIENT, SERVER, ALONE = End

CONFORMS = "conforms"
"""Marks a behaviour as the one that a rule asks for, where its name says all."""

# Values of the usual parameters. Families and types are the sockets that
# `Sockets.new` makes; "mapped" is an IPv6 socket that speaks to IPv4-mapped addresses.
V4, V6, MAPPED, UNIX = "v4", "v6", "mapped", "unix"
STREAM, DGRAM, SEQPACKET = "stream", "dgram", "seqpacket"
# Beyond those that every rule means: other families, "ping" being datagrams of ICMP, and the
# type of what sends and receives with no transport.
NETLINK, VSOCK, PING, PACKET, RAW = "netlink", "vsock", "ping", "packet", "raw"
BLOCKING, NONBLOCKING = "blocking", "nonblocking"
INET = (V4, V6)
BOTH = (BLOCKING, NONBLOCKING)

_IMPLIED_NEEDS = {
    V6: "ipv6",
    MAPPED: "dual-stack",
    UNIX: "unix",
    SEQPACKET: "seqpacket",
    NETLINK: "netlink",
    VSOCK: "vsock",
    PING: "ping",
    PACKET: "packet",
    RAW: "raw",
    "reset": "reset",
    "connecting": "full-backlog",  # the only connect that stays pending is one at a full queue
}

ERRNO = re.compile(r"E[A-Z0-9_]+\Z")
"""Error symbols name themselves: a rule need not declare them."""

RENAMED = {"ok": "succeeds"}
"""Behaviour names that every rule had under another name before."""


class Case(msgspec.Struct, frozen=True):
    """A rule with its parameters.

    `id` is `rule.id[in-range,v4,stream]`: stable across runs and platforms. It is made of the
    others, once: it is asked for many times as often as a case is made.
    """

    rule: Rule
    parameters: tuple[tuple[str, str], ...] = ()
    id: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            values = ",".join([value for _, value in self.parameters])
            told = f"{self.rule.id}[{values}]" if values else self.rule.id
            msgspec.structs.force_setattr(self, "id", told)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a parameter of this case."""
        return dict(self.parameters).get(name, default)

    def __getitem__(self, name: str) -> str:
        return dict(self.parameters)[name]

    @property
    def needs(self) -> tuple[str, ...]:
        """What the platform and backend must offer: the rule's and the parameters'."""
        implied = (_IMPLIED_NEEDS[v] for _, v in self.parameters if v in _IMPLIED_NEEDS)
        return tuple(dict.fromkeys([*self.rule.needs, *implied]))


@dataclass(eq=False)
class Rule:
    """One promise of the socket API.

    `behaviours` names what an implementation can do, one line of meaning each; those
    marked `CONFORMS` (or in `conforming`) keep the promise. Errno symbols, `succeeds`, `hang`,
    `crash`, `crash:SIGSEGV` and `exit:3` (an agent's process ended, by a signal or by
    itself) need no declaration. `aliases` are the ids it had before, `renamed` maps names
    that its behaviours had before to today's. With `combined`, behaviours can come together:
    `in-out` is `in` and `out`. `split_from` are the rules that had its
    cases before, where these are others than its aliases. `judges` is the end that it is
    about, where another implementation makes the other one.
    """

    id: str
    sentence: str
    level: Level
    sources: tuple[Source, ...]
    behaviours: Mapping[str, str]
    conforming: frozenset[str]
    needs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    combined: bool = False
    split_from: tuple[str, ...] = ()
    judges: End = End.OURS
    where: str = ""
    cases: list[Case] = field(default_factory=list)
    kept_tests: Callable[[], dict[str, Case]] = field(default=dict, repr=False)
    """Where the tests come from of a rule that was not imported."""

    @cached_property
    def tests(self) -> dict[str, Case]:
        """Its tests, each with the case that it is of."""
        return self.kept_tests()

    @property
    def area(self) -> str:
        """The first word of the id: the folder that holds the rule."""
        return self.id.partition(".")[0]

    @property
    def subject(self) -> str:
        """The first two words of the id: the file that holds the rule."""
        return ".".join(self.id.split(".")[:2])

    def today(self, behaviour: str) -> str:
        """The name that a behaviour has now: profiles and run files may have an earlier one."""
        if behaviour in self.behaviours:
            return behaviour
        return self.renamed.get(behaviour, RENAMED.get(behaviour, behaviour))

    def knows(self, behaviour: str) -> bool:
        """Whether the rule can name this behaviour."""
        return (
            behaviour in self.behaviours
            or behaviour in {"succeeds", "hang"}
            or (self.combined and self.behaviours.keys() >= set(behaviour.split("-")))
            or behaviour.startswith(("crash", "exit:"))
            or bool(ERRNO.match(behaviour))
        )

    def meaning(self, behaviour: str) -> str:
        """What a name means; empty where it says all itself."""
        if behaviour == "crash":  # of a worker, in which nothing could say how
            return "its process ended; only `--isolate` tells how"
        parts = behaviour.split("-") if self.combined else [behaviour]
        told = [self.behaviours[part] for part in parts if part in self.behaviours]
        whole = self.behaviours.get(behaviour) or "; ".join(told)
        return "" if whole == CONFORMS else whole

    @property
    def asks(self) -> str:
        """What the rule asks for, in words."""
        if self.level is Level.UNSPECIFIED:
            return "the sources ask for nothing"
        return f"the rule asks for {' or '.join(sorted(self.conforming))}"

    def standing(self, behaviour: str) -> str:
        """What doing it means: `conforms`, `diverges`, or `recorded` where nothing is asked."""
        if behaviour in self.conforming:
            return CONFORMS
        return "recorded" if self.level is Level.UNSPECIFIED else "diverges"

    def case(
        self, *, examples: int | None = None, **parameters: str | tuple[str, ...]
    ) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Make one case of the test for each combination of the parameters.

        A property test (`@given`) is run with the suite's Hypothesis settings;
        `examples` overrides how many are drawn. Several `case` lines above one test add
        their cases up, and draw alike.
        """
        spread = {name: _as_tuple(value) for name, value in parameters.items()}
        cases = [
            Case(self, tuple(zip(spread, values, strict=True)))
            for values in itertools.product(*spread.values())
        ]
        self.cases.extend(cases)

        def decorate(test: Callable[..., None]) -> Callable[..., None]:
            ids = ["-".join(value for _, value in case.parameters) or "case" for case in cases]
            file = PurePath(test.__code__.co_filename).name
            if hasattr(test, "hypothesis"):
                file = PurePath(test.hypothesis.inner_test.__code__.co_filename).name
            for name, case in zip(ids, cases, strict=True):
                self.tests[f"{file}::{test.__name__}[{name}]"] = case
            # The plugin makes an item of each. Several `case` lines above one test add up.
            here = [(name, case, examples) for name, case in zip(ids, cases, strict=True)]
            there: Any = test
            more = getattr(test, "sockspec_cases", ())
            if any(each != examples for _, _, each in more):
                raise ValueError(f"{test.__name__}: two numbers of examples for one test")
            there.sockspec_cases = [*here, *more]
            return test

        return decorate


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


class Registry:
    """The rules of the modules imported so far, by id."""

    def __init__(self) -> None:
        self.rules: dict[str, Rule] = {}
        self.complaints: list[str] = []
        self._by_alias: dict[str, Rule] = {}
        self._parts: dict[str, list[str]] = {}
        self._cases: dict[str, dict[str, Case]] = {}
        self._found: dict[str, Case] = {}

    def add(self, new: Rule) -> None:
        """Register a rule; the same declaration imported again replaces itself."""
        old = self.rules.get(new.id)
        if old is not None and old.where != new.where:
            self.complaints.append(f"{new.where}: id {new.id!r} is taken by {old.where}")
            return
        self.rules[new.id] = new
        self._found.clear()
        for alias in new.aliases:
            if self._by_alias.get(alias, new).id != new.id:
                self.complaints.append(f"{new.where}: {new.id}: alias {alias!r} is in use")
            self._by_alias[alias] = new
        for whole in new.split_from:
            parts = self._parts.setdefault(whole, [])
            if new.id not in parts:
                parts.append(new.id)

    def count(self) -> int:
        """How many cases there are."""
        return sum(len(rule.cases) for rule in self.rules.values())

    def resolve(self, name: str) -> Rule | None:
        """The rule of that id, or that had that id before."""
        return self.rules.get(name) or self._by_alias.get(name)

    def case(self, id: str) -> Case | None:
        """The case of that id, or that had it before its rule was renamed or split."""
        found = self._found.get(id) or self._find(id)
        if found is not None:  # otherwise its rule may get it yet
            self._found[id] = found
        return found

    def end(self) -> None:
        """Say that all rules have all their cases: those are found at once then."""
        self._found.update(
            (case.id, case) for each in self.rules.values() for case in each.cases
        )

    def _find(self, id: str) -> Case | None:
        name, _, values = id.partition("[")
        rule = self.resolve(name)
        parts = [self.rules[part] for part in self._parts.get(name, ())]
        for each in [rule, *parts] if rule else parts:
            found = self._by_values(each).get(values)
            if found is not None:
                return found
        return None

    def _by_values(self, each: Rule) -> dict[str, Case]:
        known = self._cases.get(each.id, {})
        if len(known) != len(each.cases):  # it has got more since
            known = {case.id.partition("[")[2]: case for case in each.cases}
            self._cases[each.id] = known
        return known


registry = Registry()


def rule(
    id: str,
    sentence: str,
    *,
    level: Level,
    sources: Iterable[Source],
    behaviours: Mapping[str, str],
    conforming: Iterable[str] = (),
    needs: Iterable[str] = (),
    aliases: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
    combined: bool = False,
    split_from: Iterable[str] = (),
    judges: End = End.OURS,
) -> Rule:
    """Declare a rule and register it. See `Rule` for the parameters.

    A behaviour conforms when its meaning is `CONFORMS` or its name is in
    `conforming`.
    """
    where = _place()
    marked = {name for name, meaning in behaviours.items() if meaning == CONFORMS}
    unknown = sorted(set(conforming) - set(behaviours))
    if unknown:
        raise UsageError(f"{where}: {id}: conforming but not declared: {', '.join(unknown)}")
    made = Rule(
        id=id,
        sentence=sentence,
        level=level,
        sources=tuple(sources),
        behaviours=dict(behaviours),
        conforming=frozenset(marked | set(conforming)),
        needs=tuple(needs),
        aliases=tuple(aliases),
        renamed=dict(renamed or {}),
        combined=combined,
        split_from=tuple(split_from),
        judges=judges,
        where=where,
    )
    registry.add(made)
    return made


def _place() -> str:
    """The line of a module at which a rule is declared, be it through functions."""
    frame = sys._getframe(2)  # noqa: SLF001 - inspect.stack() reads every source file
    while frame.f_code.co_name != "<module>" and frame.f_back is not None:
        frame = frame.f_back
    path = PurePath(frame.f_code.co_filename)
    return f"{'/'.join(path.parts[-3:])}:{frame.f_lineno}"


def as_data(each: Rule) -> dict[str, Any]:
    """A rule as `sockspec rules --format json` prints it."""
    return {
        "id": each.id,
        "sentence": each.sentence,
        "level": each.level.value,
        "area": each.area,
        "sources": [
            {"publication": s.publication, "clause": s.clause, "link": s.link, "quote": s.quote}
            for s in each.sources
        ],
        "needs": list(each.needs),
        "asks": each.asks,
        "behaviours": {
            name: {"standing": each.standing(name), "meaning": meaning}
            for name, meaning in each.behaviours.items()
        },
        "cases": [case.id for case in each.cases],
        "aliases": list(each.aliases),
        "renamed": dict(each.renamed),
        "split_from": list(each.split_from),
        "judges": each.judges.value,
        "where": each.where,
    }

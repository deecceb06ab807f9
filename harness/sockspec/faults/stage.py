"""The specification as functions to call in this process: no pytest, few examples.

Every fault is played on a stage of its own, a fork of the process that has imported the rules
and probed the right backend once. It tells item by item what it saw; what ends it, or keeps
it, is told by whoever reads.
"""

from __future__ import annotations

import functools
import inspect
import math
import os
import pickle
import select
import signal
import struct
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis

from sockspec import backends, platform
from sockspec.backends import watchdog
from sockspec.errors import SocketError
from sockspec.faults import queue
from sockspec.faults.fault import instead, is_of, numbers
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.verdict import Verdict
from sockspec.network import links
from sockspec.run.apart import Apart
from sockspec.run.bench import Bench
from sockspec.run.features import probe
from sockspec.spec import load
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sockspec.backend import Backend
    from sockspec.faults.fault import Fault, Touch
    from sockspec.spec.rules import Case, Rule

__all__ = ["Item", "Seen", "Stage", "forked"]

DEADLINE = 1.5
"""Seconds for an example beyond what it takes: a fault may make every call of a kind hang."""

_PATIENCE = 300.0  # seconds for one fault
_HANGS = 12  # hangs after which no more is tried of a fault
_FLAGS_AT = {"recv": 2, "recv_length": 2, "recvfrom": 2, "recvmsg": 3, "send": 2}
_FLAGS_AT |= {"sendto": 2, "sendmsg": 3}

_ANSWERED = {Verdict.NEW, Verdict.FIXED, Verdict.CHANGED}

Key = tuple[Any, ...]
"""What a call is known by: its primitive, and an option, a flag, or the error it fails with."""


class Item(NamedTuple):
    """A case and the function that tests it."""

    case: Case
    test: Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a case saw: the verdict, the behaviours, and what it used of the backend."""

    verdict: Verdict
    behaviours: frozenset[str]
    keys: frozenset[Key] = frozenset()
    seconds: float = 0.0

    @property
    def is_answer(self) -> bool:
        """Whether the rule itself said that something is wrong."""
        return self.verdict in _ANSWERED

    def notices(self, right: Seen, level: Level) -> bool:
        """Whether it tells this implementation from the right one.

        A red verdict does; where nothing is promised, other behaviours do.
        """
        if self.verdict.is_red:
            return True
        return level is Level.UNSPECIFIED and self.behaviours != right.behaviours


Baseline = dict[str, Seen]
"""What the right backend shows in each case that is green and the same each time."""


class Stage:
    """The specification, one right backend, and what was found out of both once."""

    def __init__(self, base: str, examples: int, only: Sequence[str] = ()) -> None:
        self.items = tuple(
            each for each in _items() if not only or is_of(each.case.rule.id, only)
        )
        self.examples = examples
        self._base = base
        right, peer = self._ends()
        facts = right.facts() or platform.facts()
        if link := links.kind():
            facts = {**facts, "settings": {**facts.get("settings", {}), "link": link}}
        catalogue = Catalogue()
        profile = catalogue.load(catalogue.judging(facts["profile"]))
        apart = Apart.of(base, right)
        capabilities = probe(right, facts["privileged"], apart=apart, peer=peer)
        apart.shut_down()
        if peer is not None:
            capabilities = capabilities.beside(probe(peer, facts["privileged"]))
            peer.shut_down()
        self._bench = Bench(right, facts, capabilities, profile)
        self.shown: Baseline = {}

    @property
    def right(self) -> Backend:
        """The backend without a fault."""
        return self._bench.backend

    def _ends(self) -> tuple[Backend, Backend | None]:
        """The right backend, and over a link one like it at the far end."""
        if links.kind():
            return links.ends(lambda: backends.load(self._base), self._base)
        return backends.load(self._base), None

    def resolve(self, touch: Touch) -> Key:
        """The key of what a fault touches: symbols become this platform's numbers."""
        primitive, *rest = touch
        if rest and rest[0].startswith("E"):
            return (primitive, *rest)
        return (primitive, *numbers(self.right, *rest))

    def rehearse(self) -> None:
        """Run all on the right backend; what is not green and the same each time is left."""
        one, other = (dict(self.play(None, self.items)) for _ in range(2))
        self.shown = {
            name: seen
            for name, seen in one.items()
            if not seen.verdict.is_red
            and seen.verdict is not Verdict.UNSUPPORTED
            and name in other
            and other[name].behaviours == seen.behaviours
        }

    def play(
        self,
        fault: Fault | None,
        items: Sequence[Item],
        examples: int | None = None,
        enough: Callable[[Rule, frozenset[str]], bool] = lambda _rule, _noticed: False,
    ) -> Iterator[tuple[str, Seen]]:
        """Run the items in a process of their own: the id of each case, and what it saw.

        `enough` is asked about each rule and the rules that have noticed something, and says
        whether it is left out. A rule is done when it has noticed.
        """
        patience = math.inf if fault is None else _PATIENCE
        work = functools.partial(self._act, fault, items, examples, enough)
        with forked(work, patience) as told:
            running: str | None = None
            hangs = 0
            for each in told:
                if isinstance(each, str):
                    running = each
                    continue
                running = None
                hangs += "hang" in each[1].behaviours
                yield each
                if fault is not None and hangs >= _HANGS:
                    return
            if running is not None and not told.late:
                yield running, Seen(Verdict.NEW, frozenset({"crash"}))

    def _act(
        self,
        fault: Fault | None,
        items: Sequence[Item],
        examples: int | None,
        enough: Callable[[Rule, frozenset[str]], bool],
        tell: Callable[[Any], None],
    ) -> None:
        keys: set[Key] = set()
        made = functools.partial(_noting, keys) if fault is None else fault.in_backend

        def isolated() -> Backend:
            return made(backends.load(self._base, isolate=True))

        # Each process has an agent of its own at the far end.
        _, peer = self._ends()
        if fault is not None and fault.packets is not None:
            queue.serve(fault.packets)
        wrong = made(self.right)
        wrong.reachable = self.right.reachable
        bench = replace(self._bench, backend=wrong, peer=peer, apart=Apart(isolated))
        drawn = hypothesis.settings(
            bench.settings,
            max_examples=examples or self.examples,
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
            report_multiple_bugs=False,
        )
        done: set[Any] = set()
        noticed: frozenset[str] = frozenset()
        for case, test in items:
            if case.rule.id in noticed or enough(case.rule, noticed):
                continue
            if hasattr(test, "hypothesis") and test not in done:
                done.add(test)
                drawn(test)
            tell(case.id)
            keys.clear()
            began = time.monotonic()
            right = self.shown.get(case.id)
            if right is not None:
                bench.deadline = DEADLINE + 2 * right.seconds
            run = bench.case_run(case)
            given = {"sockets": run.sockets, "see": run.see, "case": case}
            try:
                run.execute(test, given, examples or self.examples)
            except Exception as error:  # what a test does with nonsense is its own affair
                run.broke(error)
            seen = Seen(
                run.judgement().verdict,
                frozenset(run.seen),
                frozenset(keys),
                time.monotonic() - began,
            )
            if right is not None and seen.notices(right, case.rule.level):
                noticed |= {case.rule.id}
            tell((case.id, seen))


def _items() -> Iterator[Item]:
    load.imported()
    for name, module in sorted(sys.modules.items()):
        if not name.startswith("sockspec_rules."):
            continue
        for each in filter(inspect.isfunction, vars(module).values()):
            if each.__module__ == name:
                for _, case, _ in getattr(each, "sockspec_cases", ()):
                    yield Item(case, each)


# -- what a case uses -----------------------------------------------------------------


def _noting(keys: set[Key], right: Backend) -> Backend:
    from sockspec.backend import PRIMITIVES, PROCESS  # noqa: PLC0415 - here alone
    from sockspec.faults.fault import Fault  # noqa: PLC0415 - as above

    def noting(primitive: str) -> Callable[..., Any]:
        def noted(call: Callable[..., Any], *arguments: Any) -> Any:
            keys.update(_keys(primitive, arguments))
            try:
                return call(*arguments)
            except SocketError as error:
                keys.add((primitive, error.symbol))
                raise

        return noted

    wrong = {each: noting(each) for each in (*PRIMITIVES, *PROCESS)}
    return Fault("noting/all/calls", "nothing is wrong", (), instead(**wrong)).in_backend(right)


def _keys(primitive: str, arguments: tuple[Any, ...]) -> Iterable[Key]:
    yield (primitive,)
    if primitive in {"getsockopt", "setsockopt"}:
        yield (primitive, *arguments[1:3])
    if primitive in {"new", "new_raw", "pair"}:
        yield (primitive, *arguments[:2])
    if primitive in {"shutdown", "ioctl"}:
        yield (primitive, arguments[1])
    if primitive == "poll":
        events = {bit for _, asked in arguments[0] for bit in _bits(asked)}
        yield from ((primitive, bit) for bit in events)
    at = _FLAGS_AT.get(primitive)
    if at is not None and len(arguments) > at:
        yield from ((primitive, bit) for bit in _bits(arguments[at]))


def _bits(flags: int) -> Iterator[int]:
    return (1 << each for each in range(flags.bit_length()) if flags >> each & 1)


# -- a process of its own -------------------------------------------------------------


@contextmanager
def forked(
    work: Callable[[Callable[[Any], None]], None], patience: float = math.inf
) -> Iterator[Told]:
    """What `work` tells in a process of its own, which ends with the `with` statement."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _perform(work, writing)
    os.close(writing)
    try:
        yield Told(reading, patience)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


class Told:
    """What comes from another process, until it ends or `patience` seconds have passed."""

    def __init__(self, reading: int, patience: float) -> None:
        self.late = False
        self._reading = reading
        self._until = time.monotonic() + patience

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        (size,) = struct.unpack("=I", self._read(4))
        return pickle.loads(self._read(size))  # noqa: S301 - written by a fork of ours

    def _read(self, size: int) -> bytes:
        have = b""
        while len(have) < size:
            left = self._until - time.monotonic()
            if left <= 0 or not select.select([self._reading], [], [], min(left, 3600))[0]:
                self.late = True
                raise StopIteration
            more = os.read(self._reading, size - len(have))
            if not more:
                raise StopIteration
            have += more
        return have


def _perform(work: Callable[[Callable[[Any], None]], None], writing: int) -> None:
    def tell(what: Any) -> None:
        data = pickle.dumps(what)
        _write(writing, struct.pack("=I", len(data)) + data)

    try:
        # What a process that stops writes of itself is nobody's here.
        nowhere = os.open(os.devnull, os.O_RDWR)
        for each in (0, 1, 2):
            os.dup2(nowhere, each)
        watchdog.leave()
        with suppress(BrokenPipeError):  # the reader has seen enough
            work(tell)
    finally:
        os._exit(0)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]

"""What a backend offers on this platform: probed by using it once, not by asking.

The answers go into the header of the run file; a case whose needs are not met is
`unsupported`, with the reason found here, and red where the profile promises the feature.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from sockspec.backend import PRIMITIVES
from sockspec.backends.deadline import Deadline
from sockspec.backends.trace import Traced
from sockspec.errors import (
    Died,
    Hang,
    SocketError,
    SockspecError,
    UnmetNeed,
    Unsupported,
    UsageError,
)
from sockspec.run.arrange import Sockets
from sockspec.run.probes import PROBES, Probe, privilege
from sockspec.run.uses import SHOWN, refuser
from sockspec.spec.features import OF_A_PROCESS
from sockspec.spec.rules import UNIX, V4, V6, Case, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from typing import Any

    from sockspec.backend import Backend
    from sockspec.run.apart import Apart

__all__ = ["Capabilities", "probe"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Features that are there, and those that are not with the reason.

    Of those that are not, `disclaimed` are the ones that the backend itself says it does
    not have: no answer of the system said so.
    """

    present: frozenset[str]
    missing: Mapping[str, str]
    disclaimed: frozenset[str] = frozenset()

    def lacking(self, needs: tuple[str, ...]) -> str:
        """The first unmet need and why, as a sentence; empty when all are met."""
        for need in needs:
            if need in self.missing:
                return str(UnmetNeed(need, self.missing[need]))
            if need not in self.present:
                return str(UnmetNeed(need, "no probe knows it"))
        return ""

    def beside(self, peer: Capabilities) -> Capabilities:
        """What is left where a peer makes the other end: both have to have some features.

        What the peer alone lacks, the platform that is judged does not owe.
        """
        lost = {each: why for each, why in peer.missing.items() if each in _OF_BOTH_ENDS}
        told = {each: f"of the peer: {why}" for each, why in lost.items()}
        return Capabilities(
            self.present - told.keys(),
            {**told, **self.missing},
            self.disclaimed | (told.keys() - self.missing.keys()),
        )


_OF_BOTH_ENDS = {"ipv4", "ipv6", "dual-stack", "oob", "reset", "full-backlog"}

_FAMILIES = {V6: "ipv6", UNIX: "unix"}  # in which features are used where there is no IPv4

_BETWEEN = {"packets"}  # of what is between the two ends, and not of one of them

_OFTEN_ENOUGH = 3  # times that a primitive hangs or crashes, and is then not made by a probe

_PROBE = Rule(
    "probe.backend.feature", "A feature is used once.", Level.MAY, (), {}, frozenset()
)


class _Prober:
    """Uses features one after the other, each in a time of its own."""

    def __init__(
        self,
        backend: Backend,
        deadline: float,
        apart: Apart | None,
        peer: Backend | None,
    ) -> None:
        self._calls = self._inside = Traced(backend, peer)
        self._apart = apart
        self._deadline = deadline
        self._ended: Counter[str] = Counter()
        self.present: set[str] = set()
        self.missing: dict[str, str] = {}
        self.disclaimed: set[str] = set()

    def ask(self, name: str, probe: Probe) -> None:
        if name in self.missing:
            return
        try:
            if name in OF_A_PROCESS and self._apart is not None:
                self._calls = Traced(self._apart())
            self.use(probe.use, self._calls.peer if name in _BETWEEN else None)
        except UsageError as error:
            self.missing[name] = f"it has no process of its own: {error}".splitlines()[0]
        except Unsupported as error:
            self._is_missing(name, str(error), error)
        except SocketError as error:
            if error.symbol in probe.absent:
                self._is_missing(name, f"{error.call} answered {error.symbol}", error)
            else:
                self.present.add(name)
        except Exception as error:  # a backend may raise whatever it likes
            # It is there, and breaks: the cases that need it show how.
            self.present.add(name)
            if isinstance(error, Hang | Died):
                self._is_known(error)
        else:
            self.present.add(name)
        finally:
            self._calls = self._inside

    def use(self, use: Callable[[Sockets], Any], peer: Traced | None = None) -> Any:
        others = (each for each, name in _FAMILIES.items() if name in self.present)
        family = next(others, V4) if "ipv4" in self.missing else V4
        sockets = Sockets(
            self._calls, Case(_PROBE, (("family", family),)), {}, self.missing, peer
        )
        self._calls.begin_example()
        self._calls.refused = refuser(self._calls, self.missing)
        try:
            with Deadline(self._deadline, self._calls).armed():
                try:
                    return use(sockets)
                finally:
                    sockets.close()
        finally:
            with suppress(SockspecError):
                self._calls.reset()

    def _is_known(self, error: Hang | Died) -> None:
        # Every probe would wait for a bind() that never returns, and learn no more from it.
        self._ended[error.call] += 1
        if self._ended[error.call] == _OFTEN_ENOUGH and error.call in PRIMITIVES:

            def ends(*_: Any) -> NoReturn:
                raise error

            setattr(self._calls, error.call, ends)

    def _is_missing(self, name: str, why: str, error: Exception) -> None:
        self.missing[name] = why
        # A primitive that a backend cannot perform raises `Unsupported`; where a number is
        # missing, or a feature that this one is built on, it was not the backend's word.
        is_told = isinstance(error, Unsupported) and not isinstance(error, UnmetNeed)
        if is_told and any(call.error is error for call in self._calls.calls):
            self.disclaimed.add(name)


def probe(
    backend: Backend,
    privileged: bool | None,
    deadline: float = 5.0,
    apart: Apart | None = None,
    peer: Backend | None = None,
    lost: Mapping[str, str] = MappingProxyType({}),
    wanted: Collection[str] | None = None,
) -> Capabilities:
    """Use every feature once. Two more tell who runs: `privileged`, `unprivileged`.

    Where only some are `wanted`, it is those and what any call can use: the others are neither
    present nor missing.

    Where it is not known (None) who runs, that is found out too. `apart` is the backend in a
    process of its own, where the backend itself is in this one. What is between a backend and
    its `peer` is used with that one. `lost` says what is known to be missing, and why.
    """
    prober = _Prober(backend, deadline, apart, peer)
    prober.missing.update(lost)
    for name, each in PROBES.items():
        if wanted is None or name in SHOWN or name in wanted:
            prober.ask(name, each)
    try:
        told = prober.use(privilege) if privileged is None else privileged
    except Exception as error:  # as above
        for who in ("privileged", "unprivileged"):
            prober.missing[who] = f"it does not show who runs: {error}".splitlines()[0]
    else:
        who, other = ("privileged", "unprivileged")[:: 1 if told else -1]
        prober.present.add(who)
        prober.missing[other] = f"the run is {who}"
    return Capabilities(frozenset(prober.present), prober.missing, frozenset(prober.disclaimed))

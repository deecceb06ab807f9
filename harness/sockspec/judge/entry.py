"""An entry of a profile: one known behaviour, where it holds, and how that is known."""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotation at run time
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from sockspec.spec.sources import unpinned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sockspec.spec.rules import Case

__all__ = [
    "ALWAYS",
    "NO_SOURCE",
    "Entry",
    "Evidence",
    "Grounded",
    "Situation",
    "When",
    "covers",
    "faults",
    "many",
    "unfinished",
]

NO_SOURCE = "none found"
"""What an entry says where the platform documents nothing."""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an entry is known: observed (on what, when) or only documented."""

    kind: Literal["observed", "documented"]
    on: str = ""
    date: datetime.date | None = None


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Conditions under which an entry holds; all that are given must be met.

    `version` is a range of the platform's version (`">=6.12,<7"`); the others name one
    value or several; a `backend` stands for what stands in for it, too. `capability` names
    features that the run's header lists, and with a leading `!` features that it lacks.
    `setting` compares settings with exact values, and an empty value means that the platform
    does not show it.
    """

    version: str = ""
    libc: str | list[str] = []
    backend: str | list[str] = []
    machine: str | list[str] = []
    interpreter: str | list[str] = []
    capability: str | list[str] = []
    privileged: bool | None = None
    setting: dict[str, str] = {}

    @property
    def asks_for_features(self) -> bool:
        """Whether it depends on what only probing the platform can tell."""
        return bool(self.capability) or self.privileged is not None

    def count(self) -> int:
        """How many conditions are given."""
        return len(msgspec.to_builtins(self))


ALWAYS = When()
"""No condition: an entry without one has this very object."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One known behaviour.

    `why` and `source` may be empty while a profile is drafted; a gate asks for both.
    """

    rule: str
    behaviour: str | list[str]
    evidence: Evidence
    why: str = ""
    source: str | list[str] = ""
    case: dict[str, str | list[str]] = {}
    when: When = ALWAYS
    sometimes: bool = False
    because: str = ""

    @property
    def sources(self) -> list[str]:
        """The links, or what stands for them."""
        return many(self.source)

    @property
    def behaviours(self) -> frozenset[str]:
        """The behaviours it records."""
        return frozenset(many(self.behaviour))

    @property
    def specificity(self) -> int:
        """How narrow it is: parameters and conditions given."""
        return len(self.case) + self.when.count()


def many(value: str | list[str]) -> list[str]:
    """One value or several, as several."""
    return [value] if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions are compared with: the platform's facts, backend, features."""

    facts: Mapping[str, Any]
    backend: str
    features: frozenset[str] = frozenset()
    stands_in_for: str = ""

    def meets(self, when: When) -> bool:
        """Whether every condition is met."""
        # Most entries have none, and a run asks for each of its cases.
        return when is ALWAYS or (
            (not when.version or _in_range(str(self.facts.get("version", "")), when.version))
            and self._one_of(when.libc, self.facts.get("libc"))
            and (self.names(when) or self._one_of(when.backend, self.stands_in_for))
            and self._one_of(when.machine, self.facts.get("machine"))
            and self._one_of(when.interpreter, self.facts.get("interpreter"))
            and all(self._has(feature) for feature in many(when.capability))
            and when.privileged in {None, self._is_privileged}
            and all(
                self.facts.get("settings", {}).get(name, "") == value
                for name, value in when.setting.items()
            )
        )

    def names(self, when: When) -> bool:
        """Whether no backend is asked for but this one, by its own name."""
        return self._one_of(when.backend, self.backend)

    @property
    def _is_privileged(self) -> bool | None:
        # Where nobody says who runs, it was found out; see `sockspec.run.features`.
        told: bool | None = self.facts.get("privileged")
        if told is None:
            found = {"privileged": True, "unprivileged": False}
            return next((who for name, who in found.items() if name in self.features), None)
        return told

    @staticmethod
    def _one_of(wanted: str | list[str], value: Any) -> bool:
        return not wanted or value in many(wanted)

    def _has(self, feature: str) -> bool:
        if feature.startswith("!"):
            return feature[1:] not in self.features
        return feature in self.features


def _in_range(version: str, wanted: str) -> bool:
    numbers = re.match(r"\d+(\.\d+)*", version)
    try:
        return numbers is not None and Version(numbers[0]) in SpecifierSet(wanted)
    except InvalidVersion:
        return False


def covers(entry: Entry, case: Case) -> bool:
    """Whether a case has the parameters that an entry asks for."""
    if not entry.case:
        return True
    told = dict(case.parameters)
    return all(told.get(name) in many(value) for name, value in entry.case.items())


class Grounded(Protocol):
    """Whatever a profile says, with the grounds for it."""

    @property
    def why(self) -> str: ...  # noqa: D102 - as the fields of an entry
    @property
    def sources(self) -> list[str]: ...  # noqa: D102 - as above
    @property
    def evidence(self) -> Evidence: ...  # noqa: D102 - as above
    @property
    def when(self) -> When: ...  # noqa: D102 - as above


def faults(entry: Grounded) -> Iterator[tuple[str, str]]:
    """What is wrong with an entry by itself, each with the remedy."""
    if any(not each.startswith("https://") and each != NO_SOURCE for each in _given(entry)):
        yield "a source is an https link", f'link the source, or write "{NO_SOURCE}"'
    if isinstance(entry, Entry) and not entry.behaviours:
        yield "records no behaviour", "name one"
    if entry.evidence.kind == "observed" and not (entry.evidence.on and entry.evidence.date):
        yield "observed on what, and when?", "give evidence.on and evidence.date"
    if entry.when.version:
        try:
            SpecifierSet(entry.when.version)
        except InvalidSpecifier:
            yield f"{entry.when.version!r} is no version range", 'write ">=5.10,<6"'


def unfinished(entry: Grounded) -> Iterator[tuple[str, str]]:
    """What a draft of an entry may lack and a gate asks for, each with the remedy."""
    lacks = {
        "why": "" if entry.why.strip() else "say why the platform does this",
        "source": "" if _given(entry) else f'link the source, or write "{NO_SOURCE}"',
    }
    if due := {field: remedy for field, remedy in lacks.items() if remedy}:
        yield f"has {' and '.join(f'no {field}' for field in due)}", "; ".join(due.values())
    for each in _given(entry):
        if complaint := unpinned(each):
            fault, remedy = complaint.split("; ")
            yield f"{each}: {fault}", remedy
    if isinstance(entry, Entry) and len(entry.behaviours) > 1 and not entry.because:
        yield (
            "records more than one behaviour",
            "split the case, or say in `because` why one case has several right ones",
        )


def _given(entry: Grounded) -> list[str]:
    return [each for each in entry.sources if each]

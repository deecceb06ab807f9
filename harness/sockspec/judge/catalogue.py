"""Where profiles are found: sockspec's own, a project's, another package's, any folder.

A profile extends others by name, wherever either of them stands. Looked for in this order:

- the folders of `--platforms`, each of whose folders is a profile;
- the profile of `--profile PATH`, and the one that `[tool.sockspec]` names;
- the profiles that are installed with sockspec;
- the entry points of the group `sockspec.profiles`: `NAME = "package.that.holds_it"`, a
  folder that can be found like a package and has a `profile.toml`.

The name of a profile that is installed with sockspec can be taken by `--platforms` alone.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import files, locate
from sockspec.errors import SockspecError, UsageError
from sockspec.judge import answers, grid, profiles, promise
from sockspec.judge.grid import Grid, Misread
from sockspec.judge.promise import Feature
from sockspec.judge.reading import HEAD, Fault, Recorded, Text, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from importlib.metadata import EntryPoint

    from sockspec.judge.answers import Answers
    from sockspec.judge.cannot import Barred
    from sockspec.judge.profiles import Profile
    from sockspec.project import Project
    from sockspec.spec.rules import Registry

__all__ = ["GROUP", "Catalogue", "Place"]

GROUP = "sockspec.profiles"
"""The entry points that name profiles of other distributions."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of a profile, and who says that it is there."""

    folder: Path
    found: str


class Catalogue:
    """The profiles that can be found, by name. See the module for where.

    `chosen` is the profile to judge by in place of the one that a run names; empty for none.
    Raises `UsageError` when a profile that is named by its path is not there.
    """

    def __init__(
        self,
        platforms: Iterable[Path] = (),
        profile: str = "",
        project: Project | None = None,
        *,
        name: Callable[[Path], str] = locate.shown,
    ) -> None:
        """`name` is how the files of profiles are called in what is read and written."""
        self._name = name
        self._places: dict[str, Place] = {}
        self._entry_points: dict[str, EntryPoint] | None = None
        for root in platforms:
            self._add_all(root, "--platforms")
        installed = _below(locate.platforms())
        if project and project.file and Path(project.profile).is_absolute():
            self._add_one(Path(project.profile), locate.shown(project.file), installed)
        self.chosen = self._named(profile, installed)
        for each, folder in installed.items():
            self._places.setdefault(each, Place(folder, "sockspec"))

    # -- finding -----------------------------------------------------------------------

    def _add_all(self, root: Path, found: str) -> None:
        for each, folder in _below(root).items():
            self._places.setdefault(each, Place(folder, found))

    def _add_one(self, path: Path, found: str, installed: dict[str, Path]) -> str:
        folder = path.parent if path.name == HEAD else path
        if not (folder / HEAD).is_file():
            raise UsageError(
                f"there is no profile at {locate.shown(folder)}, as {found} says",
                remedy=f"name a folder with a {HEAD}; `sockspec init` makes one",
            )
        text = Text(folder / HEAD, self._name)
        head = text.head()
        refuse(f"the profile at {locate.shown(folder)}", text.faults)
        assert head is not None  # noqa: S101 - otherwise there is a fault
        there = self._places.get(head.name)
        taken = there.folder if there else installed.get(head.name)
        if taken is not None and taken.resolve() != folder.resolve():
            raise UsageError(
                f"the name {head.name!r} is taken by {locate.shown(taken)}",
                file=text.file,
                line=1,
                remedy="give yours another name; it can extend that one",
            )
        self._places[head.name] = Place(folder, found)
        return head.name

    def _named(self, profile: str, installed: dict[str, Path]) -> str:
        if not profile or profile in self._places or profile in installed:
            return profile
        path = Path(profile)
        if path.name != profile or (path / HEAD).is_file() or profile in {".", "..", HEAD}:
            return self._add_one(path, "--profile", installed)
        return profile

    def _offered(self) -> dict[str, EntryPoint]:
        if self._entry_points is None:
            # Where all profiles are found without, it is not asked for, and takes time.
            from importlib.metadata import entry_points  # noqa: PLC0415

            found = sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value))
            self._entry_points = {each.name: each for each in reversed(found)}
        return self._entry_points

    def names(self) -> list[str]:
        """The names of all profiles, those of other distributions among them."""
        return sorted({*self._places, *self._offered()})

    def place(self, name: str) -> Place:
        """Where a profile is. Raises `UsageError` when there is none of that name."""
        if name in self._places:
            return self._places[name]
        if name in self._offered():
            return _of_entry_point(self._offered()[name])
        raise UsageError.no_such(
            "profile",
            name,
            self.names(),
            f"name one of {', '.join(self.names()) or 'none'}, or the path of your own: "
            "--profile PATH",
        )

    def judging(self, named: str) -> str:
        """The profile to judge by where a run or a platform names one."""
        return self.chosen or named

    # -- reading -----------------------------------------------------------------------

    def load(self, name: str, registry: Registry | None = None) -> Profile:
        """Read a profile and what it extends.

        Raises `UsageError` with everything that is wrong in all of its layers, each with
        file, line and remedy; with a registry also what does not fit the rules.
        """
        reading = _Reading(self, self._name, registry)
        loaded = reading.profile(name, ())
        refuse(f"the profile {name!r}", reading.wrong and [*reading.wrong, *reading.drafts])
        assert loaded is not None  # noqa: S101 - otherwise there is a fault
        return loaded


class _Reading:
    """One profile being read, layer by layer: what is wrong with it, and what is unfinished."""

    def __init__(
        self, catalogue: Catalogue, name: Callable[[Path], str], registry: Registry | None
    ) -> None:
        self.wrong: list[Fault] = []
        self.drafts: list[Fault] = []
        self._catalogue = catalogue
        self._name = name
        self._registry = registry

    def profile(self, name: str, below: tuple[str, ...]) -> Profile | None:
        folder = self._catalogue.place(name).folder
        text = Text(folder / HEAD, self._name)
        head = text.head()
        self.wrong.extend(text.faults)
        drafts = len(self.drafts)
        entries, barred = self._entries(folder, name)
        unfinished = tuple(self.drafts[drafts:])
        if head is None:
            return None
        if head.name != name:
            remedy = "give it the name that it is found by"
            self._fault(text, f"is named {head.name!r}, not {name!r}", remedy)
        extends = self._extended(text, head.extends, (*below, name))
        features = [Feature(each) if isinstance(each, str) else each for each in head.features]
        for message, remedy in promise.misfits(features) if self._registry else ():
            self._fault(text, message, remedy)
        return profiles.Profile(
            name,
            head.title,
            head.note,
            folder,
            entries,
            extends,
            unfinished,
            self._answers(folder),
            barred,
            tuple(features),
            self._grid(folder),
        )

    def _answers(self, folder: Path) -> Answers | None:
        if not (folder / answers.FILE).is_file():
            return None
        text = Text(folder / answers.FILE, self._name)
        told = text.answers()
        self.wrong.extend(text.faults)
        if self._registry is not None:
            self.wrong.extend(profiles.unanswerable(folder.name, told, self._registry))
        return told

    def _grid(self, folder: Path) -> Grid | None:
        path = folder / grid.FILE
        if not path.is_file():
            return None
        try:
            with files.refusing(path):
                told = Grid.read(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            message = f"is not UTF-8: {error}"
            self.wrong.append(Fault(self._name(path), 1, message, "save it as UTF-8"))
            return None
        except Misread as error:
            remedy = "make the table anew: `sockspec update --write RUNS`"
            self.wrong.append(Fault(self._name(path), error.line, str(error), remedy))
            return None
        if self._registry is not None:
            self.wrong.extend(
                profiles.ungridded(folder.name, told, grid.places(self._registry))
            )
        return told

    def _fault(self, text: Text, message: str, remedy: str) -> None:
        self.wrong.append(Fault(text.file, 1, message, remedy))

    def _extended(self, text: Text, name: str, below: tuple[str, ...]) -> Profile | None:
        if not name:
            return None
        if name in below:
            circle = " extends ".join((*below, name))
            self._fault(text, f"{circle}: a circle", "let the most general one extend nothing")
            return None
        try:
            self._catalogue.place(name)
        except UsageError as error:
            first = str(error).partition("\n")[0]
            self._fault(text, f"extends {name!r}: {first}", "extend one that is there")
            return None
        return self.profile(name, below)

    def _entries(
        self, folder: Path, name: str
    ) -> tuple[tuple[Recorded, ...], tuple[Barred, ...]]:
        entries: list[Recorded] = []
        barred: list[Barred] = []
        faulty: list[Recorded | Barred] = []
        for path in sorted(folder.glob("*.toml")):
            if path.name in {HEAD, answers.FILE}:
                continue
            text = Text(path, self._name)
            text.check()
            entries.extend(text.entries(name))
            barred.extend(text.barred(name))
            self.wrong.extend(text.faults)
            self.drafts.extend(text.unfinished)
            faulty.extend(text.placed(entry, name, line) for entry, line in text.faulty)
        if self._registry is not None:
            placed: list[Recorded | Barred] = [*entries, *barred, *faulty]
            for each in placed:
                self.wrong.extend(profiles.misfits(each, self._registry))
        return tuple(entries), tuple(barred)


def _below(root: Path) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{HEAD}"))}


def _of_entry_point(entry: EntryPoint) -> Place:
    origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
    try:
        spec = importlib.util.find_spec(entry.module)
    except Exception as error:
        raise SockspecError(
            f"the profile {entry.name!r} of {origin} cannot be found: "
            f"{type(error).__name__}: {error}"
        ) from error
    folders: Sequence[str] = (spec and spec.submodule_search_locations) or []
    folder = next((Path(each) for each in folders if (Path(each) / HEAD).is_file()), None)
    if folder is None:
        raise UsageError(
            f"the profile {entry.name!r} of {origin} has no {HEAD}",
            remedy=f"have its entry point name a package with one, not {entry.value}",
        )
    return Place(folder, origin)

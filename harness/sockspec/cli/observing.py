"""Verbs that run something: the specification, a backend's check, a matrix."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sockspec.cli import completing
from sockspec.cli.common import (
    ALL,
    BACKEND,
    FORMAT,
    PLATFORMS,
    PROFILE,
    RULE,
    catalogue,
    choose,
    recipes,
    say,
)
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.targets.target import Target

__all__ = [
    "agent",
    "backends",
    "doctor",
    "matrix",
    "run",
    "smoke",
    "targets",
    "watch",
]


@click.command()
@BACKEND
@RULE
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("run.jsonl"))
@click.option(
    "--red-of",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Only the cases that are red in this run.",
)
@click.option("--workers", "-n", default="auto", show_default=True, help="0: in this process.")
@PROFILE
@PLATFORMS
@click.option("--label", help="What is tested and its version, for the head of reports.")
@click.option("--peer", help="The backend that makes the other end of connections.")
@click.option("--exchange", is_flag=True, help="Judge the peer: it makes our end, we make its.")
@click.option(
    "--link", type=click.Choice(["veth", "tap", "forwarder"]), help="The network to the peer."
)
@click.option(
    "--capture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep what is sent as pcapng, and in the witnesses.",
)
@click.option("--examples", type=click.IntRange(min=1), help="Examples of a property test.")
@click.option("--deadline", type=click.FloatRange(min=0.1), help="Seconds for one example.")
@click.option("--seed", type=int, help="Draw other examples than the usual ones.")
@click.option("--database", help="Explore, and keep finds: a folder, or redis://HOST.")
@click.option("--isolate", is_flag=True, help="Serve the backend from a process of its own.")
@click.option("--verify", is_flag=True, help="Run red cases again, and say how often.")
@ALL
@FORMAT
def run(**options: Any) -> None:
    """Run the specification on this machine and write a run file."""
    from sockspec.run import again, runner  # noqa: PLC0415 - verbs import what they need

    form, everything = options.pop("form"), options.pop("everything")
    verify = options.pop("verify")
    given = {name: options.pop(name) for name in ("profile", "label")}
    choice = choose(options.pop("backend"), **given)
    if options["capture"] and not options["link"]:
        raise UsageError(
            "on this system's loopback others send too",
            remedy="have a link of one's own: --link veth --peer B",
        )
    if options["capture"] and options["workers"] not in {"auto", "0"}:
        raise UsageError("a capture is of one process", remedy="leave --workers out")
    if options["link"] and not options["peer"]:
        raise UsageError("a link has two ends", remedy="name what is at the other: --peer B")
    if options["exchange"] and not options["peer"]:
        raise UsageError(
            "there are no roles to exchange", remedy="name the other end: --peer B"
        )
    plan = runner.Plan(
        backend=choice.backend,
        profile=choice.profile or None,
        label=choice.label or None,
        link=options.pop("link") or "",
        **options,
    )
    if plan.exchange:
        plan = plan.exchanged(**given)
    found = runner.run(plan)
    told = again.verify(plan, found) if verify else []
    say(
        form,
        found.as_data() | ({"again": [asdict(each) for each in told]} if verify else {}),
        lambda: [*found.lines(everything=everything), *again.lines(told)],
    )
    sys.exit(again.exit_code(found.exit_code, told))


@click.command()
@click.argument("seen", metavar="[RUN]", type=click.Path(path_type=Path), default="run.jsonl")
@click.option(
    "--file",
    "more",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Watch this file or folder too; repeatable.",
)
@BACKEND
@PROFILE
@PLATFORMS
@click.option("--deadline", type=click.FloatRange(min=0.1), help="Seconds for one example.")
@click.option("--isolate", is_flag=True, help="Serve the backend from a process of its own.")
def watch(
    seen: Path,
    more: tuple[Path, ...],
    backend: str | None,
    profile: str | None,
    platforms: tuple[Path, ...],
    deadline: float | None,
    isolate: bool,
) -> None:
    """Run the red cases of a run again whenever the adapter, a rule or a profile changes."""
    from sockspec import locate  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import runfile  # noqa: PLC0415 - as above
    from sockspec.run import watch as watching  # noqa: PLC0415 - as above

    read = runfile.read(seen, witnesses=False)
    red = sum(each.verdict.is_red for each in read.observations)
    if not red:
        click.echo(f"{seen} has no red case")
        return
    choice = choose(backend, profile, None)
    known = catalogue(platforms, choice.profile)
    layers = known.load(known.judging(read.header.profile)).layers()
    adapter = watching.adapter(choice.backend)
    folders = [each.folder for each in layers]
    watched = watching.Watched([*adapter, *more, locate.conformance(), *folders])
    options = {
        "--backend": choice.backend,
        "--profile": choice.profile or known.judging(read.header.profile),
        "--deadline": deadline,
    }
    given = [f"{name}={value}" for name, value in options.items() if value]
    given += [f"--platforms={folder}" for folder in platforms]
    given += ["--isolate"] if isolate else []
    named = ", ".join(map(locate.shown, (*adapter, *more))) or "no file of the adapter: --file"
    click.echo(f"{red} red in {seen}; watching {named}, rules and profiles; Ctrl-C ends it")
    for line in watching.watch(seen, watched, given):
        click.echo(line)


@click.command()
@click.argument("backend", required=False, shell_complete=completing.backends)
@FORMAT
def smoke(backend: str | None, form: str) -> None:
    """Check a backend (default: the project's) and tell its author what is wrong with it."""
    from sockspec.backends import smoke as smoking  # noqa: PLC0415 - verbs import what they need

    found = smoking.of(choose(backend, None, None).backend)
    say(form, found.as_data(), found.lines)
    sys.exit(found.exit_code)


@click.command()
@FORMAT
def doctor(form: str) -> None:
    """Say what this machine lacks, and what a run here will leave out for it."""
    from sockspec.run import doctor as examining  # noqa: PLC0415 - verbs import what they need

    found = examining.examine()
    say(form, found, lambda: examining.lines(found))


@click.command()
@FORMAT
def backends(form: str) -> None:
    """List the backends: which are there, which are not and why."""
    from sockspec import backends as offered  # noqa: PLC0415 - verbs import what they need
    from sockspec.report import summary  # noqa: PLC0415 - as above

    found = offered.overview()
    say(form, [each.as_data() for each in found], lambda: summary.backends(found))


@click.command()
@click.option("--write", "-w", type=click.Path(path_type=Path), help="Write it to a file.")
@click.option("--backend", "-b", default="stdlib", show_default=True, help="Name of one here.")
def agent(write: Path | None, backend: str) -> None:
    """Serve a backend over standard input and output; or write the agent as one file.

    The file needs Python 3.9 and nothing else, and serves the standard library's sockets:
    `sockspec run --backend "agent:ssh HOST python3 agent.pyz"`.
    """
    if write is not None:
        from sockspec.agent import bundle  # noqa: PLC0415 - verbs import what they need

        bundle.write(write)
        return
    from sockspec.agent import serve  # noqa: PLC0415 - as above

    serve.serve_named(backend)


@click.command()
@PLATFORMS
@FORMAT
def targets(platforms: tuple[Path, ...], form: str) -> None:
    """List the targets: what each is, and which cannot run here and why."""
    from sockspec.targets import recipe  # noqa: PLC0415 - verbs import what they need

    told = [
        {"name": each.name, "title": each.title, "missing": each.missing(), "note": each.note}
        for each in recipe.load_all(*recipes(platforms)).values()
    ]
    say(
        form,
        told,
        lambda: (
            f"{each['name']}: {each['title']}"
            + (f"; cannot run here: {each['missing']}" if each["missing"] else "")
            for each in told
        ),
    )


SMOKE = ("state.bind", "state.connect", "state.listen", "state.accept", "creation")
"""What a matrix runs at the tier `smoke`: sockets made, bound, connected and accepted."""


@click.command()
@click.option(
    "--only",
    multiple=True,
    shell_complete=completing.targets,
    help="Glob over the targets' names; repeatable.",
)
@RULE
@click.option(
    "--tier",
    type=click.Choice(["smoke", "standard"]),
    default="standard",
    show_default=True,
    help="smoke: only how sockets are made, bound, connected and accepted.",
)
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="At once; default: as fits.")
@click.option("--context", "contexts", multiple=True, help="A context of Docker; repeatable.")
@click.option(
    "--pairs", is_flag=True, help="Run them against each other over links, in both roles."
)
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("matrix"))
@click.option("--cache", type=click.Path(path_type=Path), help="Where targets are prepared.")
@PLATFORMS
@FORMAT
def matrix(
    only: tuple[str, ...],
    patterns: tuple[str, ...],
    tier: str,
    jobs: int | None,
    contexts: tuple[str, ...],
    pairs: bool,
    out: Path,
    cache: Path | None,
    platforms: tuple[Path, ...],
    form: str,
) -> None:
    """Run the specification on every target that can run here, and report on all of them.

    With --pairs they are run against each other: one page, `pairs.md`, says how they meet.
    """
    from fnmatch import fnmatchcase  # noqa: PLC0415 - verbs import what they need

    from rich.console import Console  # noqa: PLC0415 - as above

    from sockspec import locate  # noqa: PLC0415 - as above
    from sockspec.targets import matrix as running  # noqa: PLC0415 - as above
    from sockspec.targets import recipe  # noqa: PLC0415 - as above
    from sockspec.targets.screen import Screen  # noqa: PLC0415 - as above

    chosen = [
        each
        for name, each in recipe.load_all(*recipes(platforms)).items()
        if not only or any(fnmatchcase(name, glob) for glob in only)
    ]
    if not chosen:
        raise UsageError("no target has such a name", remedy="`sockspec targets` lists them")
    if pairs:
        place = (cache or locate.cache()).resolve()
        _pairs(chosen, patterns, out, place, platforms, jobs or 1, form)
        return
    with Screen(Console(stderr=True)) as screen:
        found = running.Matrix(
            out=out,
            cache=(cache or locate.cache()).resolve(),
            catalogue=catalogue(platforms, portable=True),
            platforms=(*platforms, locate.platforms()),
            patterns=patterns or (SMOKE if tier == "smoke" else ()),
            jobs=jobs or len(chosen),
            say=screen.say,
            progress=screen.progress,
        ).run(running.places(chosen, contexts))
    say(form, [each.as_data() for each in found], lambda: (each.line() for each in found))
    sys.exit(running.exit_code(found))


def _pairs(
    chosen: Sequence[Target],
    patterns: tuple[str, ...],
    out: Path,
    cache: Path,
    platforms: tuple[Path, ...],
    jobs: int,
    form: str,
) -> None:
    import time  # noqa: PLC0415 - verbs import what they need

    from sockspec.targets import pairs  # noqa: PLC0415 - as above

    found = pairs.Pairing(
        out=out,
        cache=cache,
        patterns=patterns or pairs.RULES,
        platforms=platforms,
        jobs=jobs,
        say=lambda line: click.echo(line, err=True),
    ).run(list(pairs.joined(chosen)))
    page = pairs.write(found, out, date=time.strftime("%Y-%m-%d"))
    say(form, [each.as_data() for each in found], lambda: [f"the page: {page}"])

"""The `sockspec` command: verbs only. What they do stands in the modules they name."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click
from rich.console import Console

from sockspec import __version__
from sockspec.errors import SockspecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["main"]

OK, DIVERGENCE, USAGE, BROKEN, NOTHING = 0, 1, 2, 3, 5
"""Exit codes: fine; a new, changed or fixed divergence; a mistake of usage; a harness
error or an indeterminate case; nothing ran."""

_FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_BACKEND = click.option(
    "--backend",
    "-b",
    default="stdlib",
    show_default=True,
    help="Name, MODULE:CALLABLE, agent:COMMAND or docker:IMAGE.",
)
_PLATFORMS = click.option(
    "--platforms",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the profiles, in place of the installed ones.",
)
_RUN = click.argument("run", type=click.Path(path_type=Path))
_RUNS = click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))


def _say(form: str, data: Any, text: Callable[[], Iterable[str]]) -> None:
    if form == "json":
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for line in text():
        click.echo(line)


def _root(folder: Path | None) -> Path:
    from sockspec import locate  # noqa: PLC0415 - verbs import what they need

    return folder or locate.platforms()


class _Group(click.Group):
    """Turns the errors that a person can mend into one message and exit code 2."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except UsageError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(USAGE)
        except SockspecError as error:
            click.echo(f"error: {error}", err=True)
            context.exit(BROKEN)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sockspec")
def main() -> None:
    """An executable specification of the socket API.

    Exit codes: 0 fine; 1 new, changed or fixed divergence; 2 usage; 3 harness error or
    indeterminate; 5 nothing ran.
    """


@main.command()
@_BACKEND
@click.option("--rule", "-r", "patterns", multiple=True, help="Id, prefix or glob; repeatable.")
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("run.jsonl"))
@click.option("--workers", "-n", default="auto", show_default=True, help="0: in this process.")
@click.option("--profile", help="Judge by this profile, not by the platform's own.")
@_PLATFORMS
@click.option("--examples", type=click.IntRange(min=1), help="Examples of a property test.")
@click.option("--deadline", type=click.FloatRange(min=0.1), help="Seconds for one example.")
@click.option("--seed", type=int, help="Draw other examples than the usual ones.")
@click.option("--database", help="Explore, and keep finds: a folder, or redis://HOST.")
@click.option("--isolate", is_flag=True, help="Serve the backend from a process of its own.")
@_FORMAT
def run(**options: Any) -> None:
    """Run the specification on this machine and write a run file."""
    from sockspec import runner  # noqa: PLC0415 - verbs import what they need

    form = options.pop("form")
    found = runner.run(runner.Plan(**options), Console(stderr=True))
    _say(form, found.as_data(), found.lines)
    sys.exit(found.exit_code)


@main.command()
@click.argument("patterns", nargs=-1)
@click.option("--area", help="Only rules of this area.")
@click.option("--level", type=click.Choice(["must", "should", "may", "unspecified"]))
@click.option("--lint", is_flag=True, help="Check the rules; exit 3 when something is wrong.")
@click.option("--markdown", is_flag=True, help="The rule reference of the documentation.")
@_FORMAT
def rules(
    patterns: tuple[str, ...],
    area: str | None,
    level: str | None,
    lint: bool,
    markdown: bool,
    form: str,
) -> None:
    """List the rules, or those that match ids, prefixes or globs."""
    from sockspec import specification  # noqa: PLC0415 - verbs import what they need
    from sockspec.report import reference  # noqa: PLC0415 - as above
    from sockspec.rules import as_data  # noqa: PLC0415 - as above

    if lint:
        faults = specification.lint()
        _say(form, faults, lambda: faults or ["the rules are in order"])
        sys.exit(BROKEN if faults else OK)
    chosen = [
        each
        for each in specification.select(patterns)
        if area in {None, each.area} and level in {None, each.level.value}
    ]
    if markdown:
        click.echo(reference.markdown(chosen), nl=False)
    else:
        _say(form, [as_data(each) for each in chosen], lambda: reference.text(chosen))
    sys.exit(OK if chosen else NOTHING)


@main.command()
@click.argument("name")
@click.option("--profile", help="Profile to explain by (default: this platform's).")
@_BACKEND
@_PLATFORMS
@_FORMAT
def explain(
    name: str, profile: str | None, backend: str, folder: Path | None, form: str
) -> None:
    """Say what a rule asks for, what is recorded for each case, and why."""
    from sockspec import explain as explaining  # noqa: PLC0415 - verbs import what they need

    found = explaining.explain(name, profile, backend, _root(folder))
    _say(form, found.as_data(), found.lines)


@main.command()
@_RUN
@_PLATFORMS
@_FORMAT
def gate(run: Path, folder: Path | None, form: str) -> None:
    """Judge a run by today's profiles; say which edit each red case asks for."""
    from sockspec import compare, runfile, specification  # noqa: PLC0415 - as above
    from sockspec.report import summary  # noqa: PLC0415 - as above

    found = compare.gate(runfile.read(run), specification.load(), _root(folder))
    _say(form, found.as_data(), lambda: summary.gate(found))
    sys.exit(found.exit_code)


@main.command()
@_RUN
@_PLATFORMS
def update(run: Path, folder: Path | None) -> None:
    """Propose profile entries for what a run saw and nothing records. Never a reason."""
    from sockspec import compare, profiles, runfile, specification  # noqa: PLC0415 - as above
    from sockspec import update as updating  # noqa: PLC0415 - as above

    seen = runfile.read(run)
    profile = profiles.load(_root(folder), seen.header.profile)
    judged = compare.rejudge(seen, specification.load(), profile)
    click.echo(updating.toml(updating.propose(seen, judged)), nl=False)


@main.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@_FORMAT
def diff(before: Path, after: Path, form: str) -> None:
    """Compare two runs: added, deleted, changed; improved, regressed. Exit 1 if any."""
    import msgspec  # noqa: PLC0415 - verbs import what they need

    from sockspec import compare, runfile  # noqa: PLC0415 - as above
    from sockspec.report import summary  # noqa: PLC0415 - as above

    changes = compare.diff(runfile.read(before), runfile.read(after))
    _say(form, msgspec.to_builtins(changes), lambda: summary.diff(changes))
    sys.exit(DIVERGENCE if changes else OK)


@main.command()
@_RUNS
@click.option("--out", "-o", type=click.Path(path_type=Path), required=True)
@_FORMAT
def merge(runs: tuple[Path, ...], out: Path, form: str) -> None:
    """Join parts of one run (shards, selections) into one run file."""
    from sockspec import compare, runfile  # noqa: PLC0415 - verbs import what they need

    merged = compare.merge([runfile.read(path) for path in runs])
    writer = runfile.Writer(out, merged.header)
    for observation in merged.observations:
        writer.add(observation)
    footer = writer.end(sum(each.seconds for each in merged.observations))
    told = {"out": str(out), "runs": len(runs), "cases": footer.cases, **footer.verdicts}
    _say(form, told, lambda: [f"{out}: {footer.cases} cases of {len(runs)} run files"])


@main.command()
@_RUNS
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("report"))
@click.option(
    "--expect",
    type=click.File(),
    help="Names of run files, a line each: what is missing is shown as missing.",
)
@_PLATFORMS
@_FORMAT
def report(
    runs: tuple[Path, ...], out: Path, expect: TextIO | None, folder: Path | None, form: str
) -> None:
    """Write the divergence report (HTML, Markdown, JUnit, badge) of one or more runs."""
    from sockspec import report as reporting  # noqa: PLC0415 - verbs import what they need
    from sockspec import runfile  # noqa: PLC0415 - as above

    expected = expect.read().split() if expect else []
    written = reporting.write([runfile.read(run) for run in runs], out, _root(folder), expected)
    paths = [str(path) for path in written]
    _say(form, paths, lambda: paths)


@main.command()
@click.argument("case")
@_RUN
@click.option("--behaviour", help="Which behaviour, when the case shows several.")
def reproduce(case: str, run: Path, behaviour: str | None) -> None:
    """Print a script that stands alone and shows what a case of a run did."""
    from sockspec import reproduce as reproducing  # noqa: PLC0415 - verbs import what they need
    from sockspec import runfile  # noqa: PLC0415 - as above

    click.echo(reproducing.of(runfile.read(run), case, behaviour))


@main.command()
@_FORMAT
def backends(form: str) -> None:
    """List the backends: which are there, which are not and why."""
    from sockspec import backends as offered  # noqa: PLC0415 - verbs import what they need
    from sockspec.report import summary  # noqa: PLC0415 - as above

    found = offered.overview()
    _say(form, [each.as_data() for each in found], lambda: summary.backends(found))


@main.command()
@_PLATFORMS
@_FORMAT
def platforms(folder: Path | None, form: str) -> None:
    """List the profiles: what they extend, how many entries are observed or documented."""
    from sockspec import profiles  # noqa: PLC0415 - verbs import what they need

    root = _root(folder)
    found = [profiles.load(root, name).as_data() for name in profiles.names(root)]
    _say(form, found, lambda: (profiles.line(each) for each in found))


@main.command()
@click.argument("backend")
@_FORMAT
def smoke(backend: str, form: str) -> None:
    """Check a backend against the contract and tell its author what is wrong."""
    from sockspec import backends as offered  # noqa: PLC0415 - verbs import what they need
    from sockspec import smoke as smoking  # noqa: PLC0415 - as above

    made = offered.load(backend)
    found = smoking.smoke(made)
    made.shut_down()
    _say(form, found.as_data(), found.lines)
    sys.exit(found.exit_code)


@main.command()
@_FORMAT
def doctor(form: str) -> None:
    """Say what this machine lacks, and what a run here will leave out for it."""
    from sockspec import doctor as examining  # noqa: PLC0415 - verbs import what they need

    found = examining.examine()
    _say(form, found, lambda: examining.lines(found))


@main.command()
@click.argument("of", type=click.Choice(["run", "protocol"]), default="run")
@click.option("--markdown", is_flag=True, help="The page of the protocol, in its place.")
def schema(of: str, markdown: bool) -> None:
    """Print the JSON Schema of a line of a run file, or of the agents' protocol."""
    from sockspec import runfile  # noqa: PLC0415 - verbs import what they need
    from sockspec.agent import messages  # noqa: PLC0415 - as above
    from sockspec.report import protocol  # noqa: PLC0415 - as above

    if markdown:
        click.echo(protocol.markdown(), nl=False)
    else:
        made = runfile.schema() if of == "run" else messages.schema()
        click.echo(json.dumps(made, indent=2))


@main.command()
@click.option("--write", "-w", type=click.Path(path_type=Path), help="Write it to a file.")
@_BACKEND
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

    serve.run(backend)


@main.command()
@_PLATFORMS
@_FORMAT
def targets(folder: Path | None, form: str) -> None:
    """List the targets: what each is, and which cannot run here and why."""
    from sockspec.targets import recipe, target  # noqa: PLC0415 - verbs import what they need

    cache = target.cache_folder()
    found = [target.Target(each, cache) for each in recipe.load_all(_root(folder)).values()]
    told = [
        {"name": each.recipe.name, "title": each.recipe.title, "missing": each.missing()}
        for each in found
    ]
    _say(
        form,
        told,
        lambda: (
            f"{each['name']}: {each['title']}"
            + (f"; cannot run here: {each['missing']}" if each["missing"] else "")
            for each in told
        ),
    )


@main.command()
@click.option("--only", multiple=True, help="Glob over the targets' names; repeatable.")
@click.option("--rule", "-r", "patterns", multiple=True, help="Id, prefix or glob; repeatable.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("matrix"))
@click.option("--cache", type=click.Path(path_type=Path), help="Where targets are prepared.")
@_PLATFORMS
@_FORMAT
def matrix(
    only: tuple[str, ...],
    patterns: tuple[str, ...],
    jobs: int,
    out: Path,
    cache: Path | None,
    folder: Path | None,
    form: str,
) -> None:
    """Run the specification on every target that can run here, and report on all of them."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - verbs import what they need

    from sockspec.targets import matrix as running  # noqa: PLC0415 - as above
    from sockspec.targets import recipe, target  # noqa: PLC0415 - as above

    root = _root(folder)
    kept = (cache or target.cache_folder()).resolve()
    chosen = [
        target.Target(each, kept)
        for name, each in recipe.load_all(root).items()
        if not only or any(fnmatchcase(name, glob) for glob in only)
    ]
    if not chosen:
        raise UsageError("no target has such a name", remedy="`sockspec targets` lists them")
    console = Console(stderr=True)
    found = running.run(
        chosen,
        out,
        patterns,
        jobs,
        lambda text: console.print(text, highlight=False, soft_wrap=True),
        root,
    )
    _say(form, [each.as_data() for each in found], lambda: (each.line() for each in found))
    sys.exit(running.exit_code(found))

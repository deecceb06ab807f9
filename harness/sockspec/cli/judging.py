"""Verbs on run files: judge, compare, report."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from sockspec import project
from sockspec.cli import completing, exploring, pipelines
from sockspec.cli.common import (
    ALL,
    COMMON,
    DIVERGENCE,
    FORMAT,
    OK,
    PLATFORMS,
    PROFILE,
    RULE,
    RUN,
    RUNS,
    Kinds,
    catalogue,
    say,
)
from sockspec.collector import uncollected
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sockspec.judge.compare import Change
    from sockspec.judge.sets import Pairs

__all__ = ["diff", "findings", "gate", "merge", "report", "reproduce", "update"]


def _reasons() -> Iterable[str]:
    from sockspec.judge import gate  # noqa: PLC0415 - verbs import what they need

    return gate.KINDS


_JUDGES = ("profile", "earlier", "both")


@click.command()
@click.argument("runs", nargs=-1, required=True)
@RULE
@COMMON
@click.option(
    "--fail-on",
    type=Kinds(_reasons),
    default="any",
    show_default=True,
    help="What closes it: new, changed, fixed, missing, indeterminate, harness-error, "
    "vanished, not-run, none.",
)
@click.option(
    "--against",
    multiple=True,
    metavar="RUN",
    help="An earlier run, or a set of them: what became of its cases is told, and what it "
    "could try has to be tried again.",
)
@click.option(
    "--by",
    type=click.Choice(_JUDGES),
    default="profile",
    show_default=True,
    help="What decides on the rest: the profile, the earlier run in its place, or both.",
)
@PROFILE
@PLATFORMS
@ALL
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="github: as text, and annotations; the step's outputs to $GITHUB_OUTPUT.",
)
@click.option(
    "--summary",
    "markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append what it says to a file, as Markdown of less than 1 MiB.",
)
@click.option(
    "--sarif",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what is red as SARIF 2.1.0.",
)
@uncollected()
def gate(
    runs: tuple[str, ...],
    patterns: tuple[str, ...],
    common: bool,
    fail_on: frozenset[str],
    against: tuple[str, ...],
    by: str,
    profile: str | None,
    platforms: tuple[Path, ...],
    everything: bool,
    form: str,
    markdown: Path | None,
    sarif: Path | None,
) -> None:
    """Judge runs by today's profiles; say of what is red why, and what to do about it.

    RUNS are run files, folders of them, or globs. With --against each is compared with an
    earlier run, whose cases have to be there and to be tried; --by earlier judges by that run
    alone, where no profile fits.
    """
    from sockspec.judge import gate as gates  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import runfile, sets  # noqa: PLC0415 - as above
    from sockspec.report import summary  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - as above

    if by != "profile" and not against:
        raise UsageError(f"--by {by} needs an earlier run", remedy="name it: --against RUN")
    profiles, rules = catalogue(platforms, profile), load.rules()
    read, earlier = (
        [runfile.read(path, witnesses=False) for path in sets.files(each)]
        for each in (runs, against)
    )
    before = sets.counterparts(earlier, read) if earlier else {}
    terms = gates.Terms(
        choice=load.choose(patterns) if patterns else None,
        common=sets.common(read, rules) if common else None,
        fail_on=fail_on,
        by=by,
    )
    found = [
        gates.judge(run, rules, profiles, replace(terms, against=before.get(run.path)))
        for run in read
    ]
    code = gates.exit_code(found)
    if markdown is not None:
        pipelines.append_summary(markdown, found, code)
    if sarif is not None:
        pipelines.write_sarif(sarif, found, rules)
    if form == "github":
        pipelines.say_to_github(found, code, summary.gates(found, everything=everything))
        sys.exit(code)
    told = {"open": code == 0, "exit": code, "gates": [each.as_data() for each in found]}
    say(form, told, lambda: summary.gates(found, everything=everything))
    sys.exit(code)


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from", "more", multiple=True, help="A run file, or a glob; repeatable.")
@click.option("--write", is_flag=True, help="Edit the files, in place of showing the diff.")
@click.option(
    "--answers",
    is_flag=True,
    help="Only record what the runs did where nothing is promised, of installed profiles too.",
)
@PROFILE
@PLATFORMS
@uncollected()
def update(
    runs: tuple[Path, ...],
    more: tuple[str, ...],
    write: bool,
    answers: bool,
    profile: str | None,
    platforms: tuple[Path, ...],
) -> None:
    """Propose the edits to profiles that runs ask for, as a diff. Never a reason.

    Divergences become entries, and what is done where nothing is promised a table. What the
    runs do not show stays as it is. A profile of an installed package is never edited.
    """
    from sockspec.judge import runfile, sets  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import update as updating  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - verbs import what they need

    read = [runfile.read(path, witnesses=False) for path in sets.files((*runs, *more))]
    if not read:
        raise UsageError("no run is named", remedy="name run files, or --from GLOB")
    propose = updating.propose_answers if answers else updating.propose
    changes = propose(read, load.rules(), catalogue(platforms, profile))
    if write:
        updating.write(changes)
    for change in changes:
        click.echo(change.name if write else change.diff(), nl=write)


def _changes() -> Iterable[str]:
    from sockspec.judge import compare  # noqa: PLC0415 - verbs import what they need

    return compare.KINDS


@click.command()
@click.argument("before")
@click.argument("after")
@RULE
@COMMON
@click.option(
    "--fail-on",
    type=Kinds(_changes),
    default="any",
    show_default=True,
    help="What ends with 1: added, deleted, changed; improved, regressed, lateral; none.",
)
@click.option(
    "--live", is_flag=True, help="BEFORE and AFTER are backends: run programs on both in step."
)
@exploring.bounded
@FORMAT
def diff(
    before: str,
    after: str,
    patterns: tuple[str, ...],
    common: bool,
    fail_on: frozenset[str],
    live: bool,
    form: str,
    **hunt: Any,
) -> None:
    """Compare two runs, or two sets of runs one by one: what changed, and whereto.

    BEFORE and AFTER are run files, folders of them, or globs (in quotes). The runs of two
    sets are compared with those whose files, or their folders, have the same name.

    With --live they are backends. Programs that `sockspec explore` draws are run on both in
    step, within --for, --steps and --finds; the first answer in which they part is made small.
    """
    if live:
        if patterns or common:
            raise UsageError("--live compares no runs", remedy="leave out --rule and --common")
        sys.exit(exploring.live(before, after, form, hunt))
    if any(hunt[each] is not None for each in ("time", "steps", "seed", "keep", "out")):
        raise UsageError("a hunt needs two backends", remedy="add --live")
    from sockspec.judge import compare, runfile, sets  # noqa: PLC0415 - verbs import what they need
    from sockspec.report import summary  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - as above

    old, new = (
        [runfile.read(path, witnesses=False) for path in sets.files([each])]
        for each in (before, after)
    )
    pairs = sets.pair(old, new)
    choice = load.choose(patterns) if patterns else None
    changes = [
        compare.diff(one, other, choice=choice, common=common) for one, other in pairs.pairs
    ]
    kinds = {kind for found in changes for each in found for kind in each.kinds}
    kinds |= {"deleted"} if pairs.before else set()
    kinds |= {"added"} if pairs.after else set()
    code = DIVERGENCE if kinds & fail_on else OK
    say(form, _pairs_as_data(pairs, changes, code), lambda: summary.diff(pairs, changes))
    sys.exit(code)


def _pairs_as_data(pairs: Pairs, changes: list[list[Change]], code: int) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 - verbs import what they need

    return {
        "pairs": [
            {"before": one.path, "after": other.path, "changes": msgspec.to_builtins(found)}
            for (one, other), found in zip(pairs.pairs, changes, strict=True)
        ],
        "alone": [run.path for run in (*pairs.before, *pairs.after)],
        "exit": code,
    }


@click.command()
@RUNS
@click.option("--out", "-o", type=click.Path(path_type=Path), required=True)
@click.option(
    "--judge", is_flag=True, help="Give each case the verdict that today's profiles give it."
)
@PLATFORMS
@FORMAT
def merge(
    runs: tuple[Path, ...], out: Path, judge: bool, platforms: tuple[Path, ...], form: str
) -> None:
    """Join parts of one run (shards, selections) into one run file."""
    from sockspec.judge import compare, runfile, sets  # noqa: PLC0415 - verbs import what they need
    from sockspec.spec import load  # noqa: PLC0415 - as above

    paths, rules = sets.files(runs), load.rules()
    parts = [runfile.read(path) for path in paths]
    merged = compare.merge(parts)
    if judge:
        profiles = catalogue(platforms, portable=True)
        profile = profiles.load(profiles.judging(merged.header.profile))
        merged = compare.rejudged(merged, rules, profile)
    unjudged = compare.unjudged(merged, rules)
    writer = runfile.Writer(out, merged.header)
    for observation in merged.observations:
        writer.add(observation)
    took = [part.footer.seconds for part in parts if part.footer]
    footer = writer.end(
        took[0] if len(took) == 1 else sum(each.seconds for each in merged.observations)
    )
    told = {
        "out": str(out),
        "runs": len(paths),
        "cases": footer.cases,
        "unjudged": unjudged,
        **footer.verdicts,
    }
    line = f"{out}: {footer.cases} cases of {len(paths)} run files"
    say(form, told, lambda: [line, *(f"warning: {each}" for each in unjudged)])


@click.command()
@RUNS
@click.option("--out", "-o", type=click.Path(path_type=Path), default=Path("report"))
@click.option(
    "--expect",
    type=click.File(),
    help="Names of run files, a line each: what is missing is shown as missing.",
)
@click.option(
    "--across", is_flag=True, help="A report for each run, and one matrix of all of them."
)
@click.option(
    "--keep", is_flag=True, help="An index and a Markdown report of each run, and no more."
)
@PROFILE
@PLATFORMS
@FORMAT
@uncollected()
def report(
    runs: tuple[Path, ...],
    out: Path,
    expect: TextIO | None,
    across: bool,
    keep: bool,
    profile: str | None,
    platforms: tuple[Path, ...],
    form: str,
) -> None:
    """Write the divergence report (HTML, Markdown, JUnit, badge) of one or more runs."""
    from sockspec import report as reporting  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import runfile, sets  # noqa: PLC0415 - as above

    expected = expect.read().split() if expect else []
    paths = sets.files(runs)
    profiles = catalogue(platforms, profile, portable=True)
    read = [] if keep and not across else [runfile.read(run) for run in paths]
    if across:
        there = {Path(run.path).name for run in read}
        absent = [(name, "nobody ran it") for name in expected if name not in there]
        written = reporting.write_across(read, out, profiles, absent)
    elif keep:
        from sockspec.targets import recipe  # noqa: PLC0415 - as above

        written = reporting.write_kept(paths, out, profiles, recipe.places())
    else:
        written = reporting.write(read, out, profiles, expected)
    made = [str(path) for path in written]
    say(form, made, lambda: made)


@click.command()
@click.argument("reports", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--upstream",
    metavar="ID",
    help="Print what the system's maintainers want to read of this finding, in place of the "
    "page; or of all that go to them together under this name.",
)
@PLATFORMS
@FORMAT
def findings(
    reports: Path, upstream: str | None, platforms: tuple[Path, ...], form: str
) -> None:
    """Print the page of findings of a folder of reports, each compared with its runs."""
    from sockspec.report import findings as finding  # noqa: PLC0415 - as above
    from sockspec.report import page  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - verbs import what they need

    found = finding.load(reports, load.rules(), catalogue(platforms, portable=True))
    if upstream is not None:
        found = finding.choose(found, upstream)
    told = (page.findings if upstream is None else page.upstream)(found)
    say(form, [each.as_data() for each in found], lambda: [told.removesuffix("\n")])


@click.command()
@click.argument("case", shell_complete=completing.rules)
@RUN
@click.option("--behaviour", help="Which behaviour, when the case shows several.")
@click.option(
    "--agent",
    default="",
    metavar="COMMAND",
    help="What starts the agent, where the accused is reached through one.",
)
def reproduce(case: str, run: Path, behaviour: str | None, agent: str) -> None:
    """Print a program of one file that makes the calls of a case on what is accused.

    It exits 1 while they are answered as in the run, 0 when they are not any more, and 2 when
    it could not be tried. An agent's program starts the agent that its command line names,
    else that of --agent, else, for a run of the project, the project's.
    """
    from sockspec import reproduce as reproducing  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import runfile  # noqa: PLC0415 - as above

    read = runfile.read(run)
    command = shlex.split(agent)
    here = project.find()
    is_own = here.backend and read.header.profile == catalogue((), here.profile).chosen
    if is_own and not command:
        command = reproducing.served(here.backend, here.folder)
    click.echo(reproducing.of(read, case, behaviour, command), nl=False)

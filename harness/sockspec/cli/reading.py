"""Verbs that read what is known: rules, profiles, schemas."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from sockspec.cli import completing
from sockspec.cli.common import (
    BACKEND,
    BROKEN,
    FORMAT,
    NOTHING,
    OK,
    PLATFORMS,
    PROFILE,
    USAGE,
    catalogue,
    choose,
    say,
)

__all__ = ["explain", "list_platforms", "rules", "schema"]


@click.command()
@click.argument("patterns", nargs=-1, shell_complete=completing.rules)
@click.option("--area", help="Only rules of this area.")
@click.option("--level", type=click.Choice(["must", "should", "may", "unspecified"]))
@click.option("--lint", is_flag=True, help="Check the rules; exit 3 when something is wrong.")
@click.option("--markdown", is_flag=True, help="The rule reference of the documentation.")
@click.option(
    "--twins",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Pairs of rules that made the same calls in a run; exit 3 when levels differ.",
)
@FORMAT
def rules(
    patterns: tuple[str, ...],
    area: str | None,
    level: str | None,
    lint: bool,
    markdown: bool,
    twins: Path | None,
    form: str,
) -> None:
    """List the rules, or find some: by id, option or phrase.

    PATTERNS are segments of ids and globs (`linger`, `state.*.again`), options (`SO_LINGER`)
    and phrases of a sentence; one that begins with `!` excludes.
    """
    from sockspec.report import reference  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - verbs import what they need
    from sockspec.spec.rules import as_data  # noqa: PLC0415 - as above

    if lint:
        faults = load.faults()
        say(form, faults, lambda: faults or ["the rules are in order"])
        sys.exit(BROKEN if faults else OK)
    if twins is not None:
        from sockspec.judge import runfile  # noqa: PLC0415 - as above
        from sockspec.judge import twins as comparing  # noqa: PLC0415 - as above

        found = list(comparing.twins(runfile.read(twins), load.rules()))
        lines = [f"{'! ' if each.contradict else '  '}{each.line()}" for each in found]
        say(form, lines, lambda: lines)
        sys.exit(BROKEN if any(each.contradict for each in found) else OK)
    chosen = [
        each
        for each in load.select(patterns)
        if area in {None, each.area} and level in {None, each.level.value}
    ]
    if markdown:
        click.echo(reference.markdown(chosen), nl=False)
    else:
        say(form, [as_data(each) for each in chosen], lambda: reference.text(chosen))
    if not chosen:
        for mistake in load.mistakes(patterns):
            click.echo(mistake, err=True)
    sys.exit(OK if chosen else NOTHING)


@click.command()
@click.argument("patterns", nargs=-1, required=True, shell_complete=completing.rules)
@click.option(
    "--run",
    type=click.Path(path_type=Path),
    help="Explain what this run saw, where it was, in place of this platform.",
)
@PROFILE
@BACKEND
@PLATFORMS
@FORMAT
def explain(
    patterns: tuple[str, ...],
    run: Path | None,
    profile: str | None,
    backend: str | None,
    platforms: tuple[Path, ...],
    form: str,
) -> None:
    """Say what rules ask for, what is recorded for each case, and why.

    PATTERNS choose as `sockspec run --rule` does: segments, globs, cases, `!` to exclude.
    """
    from sockspec.run import explain as explaining  # noqa: PLC0415 - verbs import what they need

    choice = choose(backend, profile, None)
    profiles = catalogue(platforms, profile if run else choice.profile)
    found = explaining.explain(patterns, choice.backend, profiles, run)
    say(form, [each.as_data() for each in found], lambda: explaining.lines(found))


@click.command("platforms")
@PROFILE
@PLATFORMS
@FORMAT
def list_platforms(profile: str | None, platforms: tuple[Path, ...], form: str) -> None:
    """List the profiles, or one: what each extends, where it is, and what is wrong with it.

    Exit code 2 when something is.
    """
    from sockspec.judge import survey  # noqa: PLC0415 - verbs import what they need
    from sockspec.spec import load  # noqa: PLC0415 - as above

    known = catalogue(platforms, profile)
    names = [known.chosen] if known.chosen else known.names()
    found = [survey.of(known, name, load.rules()) for name in names]
    say(form, [each.as_data() for each in found], lambda: survey.lines(found))
    sys.exit(OK if all(each.is_sound for each in found) else USAGE)


@click.command()
@click.argument("of", type=click.Choice(["run", "protocol"]), default="run")
@click.option("--markdown", is_flag=True, help="The same as a page for people.")
def schema(of: str, markdown: bool) -> None:
    """Print the JSON Schema of a line of a run file, or of the agents' protocol."""
    if markdown:
        from sockspec.report import protocol, runs  # noqa: PLC0415 - verbs import what they need

        click.echo(runs.markdown() if of == "run" else protocol.markdown(), nl=False)
        return
    from sockspec.judge import runfile  # noqa: PLC0415 - as above
    from sockspec.protocol import messages  # noqa: PLC0415 - as above

    click.echo(json.dumps(runfile.schema() if of == "run" else messages.schema(), indent=2))

"""The verb that hunts implementations that are wrong on purpose."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from sockspec import files
from sockspec.cli.common import BROKEN, FORMAT, OK, RULE, say
from sockspec.errors import UsageError

__all__ = ["faults"]


@click.command()
@click.option("--only", multiple=True, help="Glob over the faults' names; repeatable.")
@RULE
@click.option("--backend", "-b", default="stdlib", show_default=True, help="What is right.")
@click.option(
    "--link", type=click.Choice(["veth", "forwarder"]), help="Hunt over a link, with a peer."
)
@click.option("--whole", is_flag=True, help="Ask every rule about every fault.")
@click.option("--list", "listed", is_flag=True, help="List them and run nothing.")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="At once; default: as fits.")
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the counts, and what was missed, as a page in Markdown.",
)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what is found, go on where a hunt ended, and join those over links.",
)
@FORMAT
def faults(
    only: tuple[str, ...],
    patterns: tuple[str, ...],
    backend: str,
    link: str | None,
    whole: bool,
    listed: bool,
    jobs: int | None,
    page: Path | None,
    keep: Path | None,
    form: str,
) -> None:
    """Make an implementation wrong on purpose, and see which rules notice.

    Exit 3 when a fault was noticed by none.
    """
    from fnmatch import fnmatchcase  # noqa: PLC0415 - verbs import what they need

    from sockspec.faults import link as over  # noqa: PLC0415 - as above
    from sockspec.faults import tables  # noqa: PLC0415 - as above

    chosen = [
        each
        for name, each in tables.all_faults().items()
        if not only or any(fnmatchcase(name, glob) for glob in only)
    ]
    if not chosen:
        raise UsageError("no fault has such a name", remedy="`sockspec faults --list`")
    if listed:
        told = [{"fault": each.name, "does": each.does, "rules": each.rules} for each in chosen]
        say(form, told, lambda: (f"{each.name}: {each.does}" for each in chosen))
        return
    if link and (code := over.hunted(link, sys.argv[1:])) is not None:
        sys.exit(code)
    from sockspec.faults import hunt, report  # noqa: PLC0415 - these load every rule
    from sockspec.faults.kept import Joined, Kept  # noqa: PLC0415 - as above

    if page is not None:  # before the hunt, which takes its time
        files.place(page, is_ours=report.begins)
    kept, at, today = keep and Kept(keep, backend), link or "", datetime.now(UTC).date()
    known = kept.of(at, chosen) if kept else {}
    left = [each for each in chosen if each.name not in known]
    new, rules = [], frozenset[str]()
    if left:
        hunting = hunt.Hunt(backend, whole=whole, only=_asked(patterns))
        rules = frozenset(hunting.rules)
        if hunting.unaltered and any(each.packets for each in left):
            click.echo(f"no packets are altered: {hunting.unaltered}", err=True)
        if kept:
            kept.begin(at, rules, today.isoformat())
        hunted = kept.joined(list(tables.all_faults().values())).found if kept else ()
        noticed = {rule for each in hunted for rule in each.rules}
        for each in hunting.all_of(left, jobs or os.cpu_count() or 1, noticed):
            new.append(each)
            if kept:
                kept.add(at, each, whole=not patterns)
            if form == "text":
                click.echo(each.line())
    alone = Joined(tuple(new), rules, (at,), (today.isoformat(),))
    joined = kept.joined(chosen) if kept else alone
    if page is not None:
        text = "\n".join(report.lines(joined, base=backend))
        files.write(page, f"{text}\n", is_ours=report.begins)
    counts = dict.fromkeys(hunt.VERDICTS, 0)
    for each in joined.found:
        counts[each.verdict] += 1
    last = ", ".join(f"{number} {name}" for name, number in counts.items())
    told = [each.as_data() for each in joined.found]
    say(form, told, lambda: [f"{len(told)} faults: {last}"])
    sys.exit(BROKEN if counts["survived"] else OK)


def _asked(patterns: tuple[str, ...]) -> list[str]:
    from sockspec.spec import load  # noqa: PLC0415 - verbs import what they need

    choice = load.choose(patterns)
    return [each.id for each in load.rules().rules.values() if any(map(choice.has, each.cases))]

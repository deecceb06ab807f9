"""Verbs that make pages for everybody: the site."""

from __future__ import annotations

from pathlib import Path

import click

from sockspec.cli.common import PLATFORMS, PROFILE, catalogue
from sockspec.collector import uncollected

__all__ = ["site"]


@click.command()
@click.argument("runs", nargs=-1, required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("site"))
@PROFILE
@PLATFORMS
@uncollected()
def site(
    runs: tuple[str, ...], out: Path, profile: str | None, platforms: tuple[Path, ...]
) -> None:
    """Write the site: a page for each rule, word and platform, a search, and all answers.

    RUNS are run files, folders of them, or globs. Of several with one name the newest is the
    platform's, and the others are its history. The pages need no server and no network.
    """
    from sockspec import site as making  # noqa: PLC0415 - verbs import what they need
    from sockspec.judge import sets  # noqa: PLC0415 - as above
    from sockspec.targets import recipe  # noqa: PLC0415 - as above

    places = {each.name: (each.group, each.title) for each in recipe.load_all().values()}
    profiles = catalogue(platforms, profile, portable=True)
    pages = sum(1 for _ in making.write(sets.files(runs), out, profiles, places))
    click.echo(f"{out / 'index.html'}: {pages} files")

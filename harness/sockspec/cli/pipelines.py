"""What a gate writes for a pipeline, besides what it prints."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sockspec import files, project

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.judge.gate import Gate
    from sockspec.spec.rules import Registry

__all__ = ["append_summary", "say_to_github", "write_sarif"]

SUMMARY = 1024 * 1024
"""Bytes of a step's summary that GitHub takes
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)."""


def write_sarif(path: Path, found: Sequence[Gate], rules: Registry) -> None:
    """Write what is red as SARIF, in place of an earlier file of ours."""
    from sockspec.report import placing, sarif  # noqa: PLC0415 - only this needs them

    places = placing.Placing(project.find())
    files.write(path, sarif.sarif(found, rules, places), is_ours=lambda head: b"sarif" in head)


def append_summary(path: Path, found: Sequence[Gate], code: int) -> None:
    """Append what gates say to a file of Markdown, so that it stays below `SUMMARY`."""
    from sockspec.report import page  # noqa: PLC0415 - as above

    with files.refusing(path):
        there = path.stat().st_size if path.exists() else 0
        text = page.gate(found, code, SUMMARY - there - 1)
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)


def say_to_github(found: Sequence[Gate], code: int, lines: Iterable[str]) -> None:
    """Print the lines and the annotations, and tell `$GITHUB_OUTPUT` what came out."""
    from sockspec.report import github, placing  # noqa: PLC0415 - as above

    places = placing.Placing(project.find())
    for line in (*github.quoted(lines), *github.annotated(found, places)):
        click.echo(line)
    if out := os.environ.get("GITHUB_OUTPUT"):
        with files.refusing(out), Path(out).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{each}\n" for each in github.outputs(found, code))

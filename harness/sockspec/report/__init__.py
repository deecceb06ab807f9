"""Reports: what people read, made from run files. A report never decides.

What pages are made of is imported where one is made: a gate prints a summary, and has to be
quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.runfile import Run

__all__ = ["write", "write_across", "write_kept"]


def write(
    runs: Sequence[Run], out: Path, catalogue: Catalogue, expected: Iterable[str] = ()
) -> Iterator[Path]:
    """Write the report of one or several runs into a folder; the files' paths.

    Of run files that were `expected`, by name, those that are not there are named.

    `report.html` (one file, no network), `report.md`, `summary.md` (short, for a CI job's
    summary), `junit.xml` and `badge.json` (a shields.io endpoint); and beside them, to be
    linked to, the captures of the runs.
    """
    from sockspec.report import captures, junit, page  # noqa: PLC0415 - see above
    from sockspec.report.model import Report  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - as above

    files.folder(out)
    report = Report.of(runs, load.rules(), catalogue, expected)
    captured = captures.find(runs)
    for each in filter(None, captured):
        yield each.copy_to(out)
    names = [each.name if each else "" for each in captured]
    for name, text in (
        ("report.html", page.html(report, names)),
        ("report.md", page.markdown(report)),
        ("summary.md", page.short(report)),
        ("junit.xml", junit.xml(report)),
        ("badge.json", page.badge(report)),
    ):
        files.write(out / name, text, is_ours=_is_ours)
        yield out / name


def write_across(
    runs: Sequence[Run], out: Path, catalogue: Catalogue, absent: Sequence[tuple[str, str]] = ()
) -> Iterator[Path]:
    """Write the report of each run into a folder of its own, and the matrix of them all.

    `matrix.html` (one file, no network) and `matrix.md`; a run's name, and so its folder's,
    is that of its file. `absent` has who did not run, and why.
    """
    from sockspec.report import page  # noqa: PLC0415 - see above
    from sockspec.report.across import Across  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - as above

    files.folder(out)
    across = Across.of(runs, load.rules(), catalogue, absent)
    for column, run in zip(across.columns, runs, strict=True):
        yield from write([run], out / column.name, catalogue)
    for name, text in (
        ("matrix.html", page.matrix_html(across, linked=True)),
        ("matrix.md", page.matrix_markdown(across, linked=True)),
    ):
        files.write(out / name, text, is_ours=_is_ours)
        yield out / name


def write_kept(
    runs: Iterable[Path],
    out: Path,
    catalogue: Catalogue,
    places: Mapping[str, tuple[str, str]],
) -> Iterator[Path]:
    """Write what is worth keeping beside run files: index, picture, a report of each run.

    The files are read one after the other: together they take gigabytes of memory. A run's
    folder bears the name of its file. `places` has, for such a name, the heading of
    the index and the title that it is listed under.
    """
    from sockspec.judge import runfile  # noqa: PLC0415 - see above
    from sockspec.report import page  # noqa: PLC0415 - as above
    from sockspec.report.across import Across, Column  # noqa: PLC0415 - as above
    from sockspec.report.model import Report, judge  # noqa: PLC0415 - as above
    from sockspec.spec import load  # noqa: PLC0415 - as above

    files.folder(out)
    rules = load.rules()
    columns: list[Column] = []
    pages = {}
    for path in runs:
        run = runfile.read(path)
        judged = judge([run], rules, catalogue)
        report = Report.of([run], rules, catalogue, judged=judged)
        columns.append(Column.of(judged[0].brief(), run, rules))
        # A gate takes a second: where no case is red, an entry that nothing bears out is all
        # that it could add.
        text = page.markdown(report, gated=bool(report.red))
        pages[f"{columns[-1].name}/report.md"] = text
    across = Across.beside(columns, rules)
    pages["README.md"] = page.kept(across, places)
    pages["overview.svg"] = page.picture(across, places)
    for name, text in pages.items():
        files.write(out / name, text, is_ours=_is_ours)
        yield out / name


def _is_ours(head: bytes) -> bool:
    return b"sockspec" in head

"""The grid of a platform: a table that people read, made from runs, and gated."""

from __future__ import annotations

import json
import sys

import pytest

from sockspec.errors import UsageError
from sockspec.judge import grid
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.grid import Grid, Misread, Place
from sockspec.spec import load

PLACES = {
    Place(type, family, call, state)
    for type, families in {"stream": ("v4", "v6", "unix"), "dgram": ("v4",)}.items()
    for family in families
    for call in ("bind", "poll")
    for state in ("fresh", "closed")
}


def table(**backends) -> Grid:
    cells = dict.fromkeys(PLACES, "succeeds")
    cells[Place("stream", "v6", "bind", "closed")] = "EBADF"
    del cells[Place("stream", "v4", "poll", "closed")]
    return Grid("Linux 6", "2026-11-29", cells, backends)


def test_what_is_written_reads_as_the_same():
    own = {Place("stream", "v4", "poll", "closed"): "EBADF"}
    written = table(c=own)
    assert Grid.read(written.written(PLACES)) == written


def test_families_that_behave_alike_share_a_section_and_what_one_does_apart_follows():
    text = table().written(PLACES)
    assert [line for line in text.splitlines() if ":" in line and line[0] != "#"] == [
        "stream: v4, v6",
        "stream: v4",
        "stream: v6",
        "stream: unix",
        "dgram: v4",
    ]
    shared, _, rest = text.partition("stream: v4\n")
    assert "call  fresh     closed\nbind  succeeds  succeeds\npoll  succeeds" in shared
    assert rest.startswith("call  closed\npoll  -\n\nstream: v6\ncall  closed\nbind  EBADF\n")


def test_a_family_of_which_nothing_is_recorded_has_no_section():
    cells = {Place("stream", "v4", "bind", "fresh"): "succeeds"}
    there = [*cells, Place("stream", "vsock", "bind", "fresh")]
    assert "vsock" not in Grid(any=cells).written(there)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("version 2", 1),
        ("version 1\nbind succeeds", 2),
        ("version 1\nstream: v4\ncall fresh bound\nbind succeeds", 4),
    ],
)
def test_a_line_in_no_order_is_said_by_its_number(text, line):
    with pytest.raises(Misread) as raised:
        Grid.read(text)
    assert raised.value.line == line


def test_a_table_that_is_no_text_is_a_fault_of_its_file(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "profile.toml").write_text('version = 1\nname = "mine"\ntitle = "M"\n')
    (tmp_path / "mine" / grid.FILE).write_bytes(b"version 1\n\xe0")
    with pytest.raises(UsageError, match=r"mine/grid\.txt:1.*is not UTF-8"):
        Catalogue([tmp_path]).load("mine")


def test_every_call_and_state_of_the_specification_has_its_place_in_the_order():
    there = grid.places(load.rules())
    text = Grid(any=dict.fromkeys(there, "succeeds")).written(there)
    assert text.index("\nbind ") < text.index("\nrecv ") < text.index("\nclose-twice ")
    assert {each.call for each in there} <= set(grid._CALLS)
    assert {each.state for each in there} <= set(grid._STATES)


def test_the_grid_is_large_and_every_cell_is_asked_once():
    cases = [
        grid.place(case)
        for rule in load.rules().rules.values()
        for case in rule.cases
        if grid.place(case)
    ]
    assert len(cases) == len(set(cases)) >= 2000


def test_a_table_that_does_not_fit_the_rules_is_a_fault():
    cells = {
        Place("stream", "v4", "bind", "fresh"): "flies",
        Place("stream", "v4", "bind", "asleep"): "succeeds",
    }
    assert sorted(grid.misfits(Grid(any=cells), grid.places(load.rules()))) == [
        "grid.bind.answer[v4,stream,fresh] cannot name 'flies'",
        "the grid has no cell bind of a stream in asleep",
    ]


SPEC = """
OPEN = rule(
    "grid.bind.answer", "Whether it does is unspecified.", level=UNSPECIFIED,
    sources=[POSIX.bind("EINVAL", "is bound")], behaviours={"bound": "it does"},
)
FIRM = rule(
    "grid.bind.firm", "It does.", level=MUST,
    sources=[POSIX.bind("EINVAL", "is bound")], behaviours={"bound": CONFORMS},
)
@OPEN.case(family=V4, type=STREAM, state=("fresh", "bound"))
@FIRM.case(family=V4, type=STREAM, state="queued")
def test_open(sockets, see, case):
    see("{how}" if case["state"] == "bound" else "bound")
"""


def test_a_run_makes_the_table_and_a_cell_that_changes_is_red(spec):
    def run(how):
        spec.write(SPEC.replace("{how}", how))
        return spec.run("--format", "json")

    assert run("EINVAL").returncode == 0
    update = ("update", "--answers", "--write", "--platforms", str(spec.profiles))
    assert spec.command(*update, str(spec.out)).returncode == 0
    text = (spec.profiles / "here" / "grid.txt").read_text()
    assert "call  fresh  bound   queued\nbind  bound  EINVAL  bound\n" in text
    told = spec.command(
        *("explain", "grid.bind.answer[v4,stream,bound]"),
        *("--profile", "here", "--platforms", str(spec.profiles)),
    )
    assert "expects EINVAL (here/grid.txt)" in told.stdout
    assert run("EINVAL").returncode == 0
    changed = run("bound")
    assert changed.returncode == 1
    (problem,) = json.loads(changed.stdout)["problems"]
    assert (problem["case"], problem["verdict"]) == (
        "grid.bind.answer[v4,stream,bound]",
        "changed",
    )
    assert "here/grid.txt records EINVAL" in problem["because"]


def test_the_report_draws_the_grid_and_lists_only_what_has_to_be_read(spec):
    spec.write(SPEC.replace("{how}", "EINVAL"))
    spec.run()
    assert spec.command("report", str(spec.out), "--out", "report").returncode == 0
    text = (spec.folder / "report" / "report.html").read_text()
    assert "<summary>stream: v4</summary>" in text
    assert '<td class="gU">EINVAL<td class="gC">\u2713bound</tr>' in text
    assert "v4, stream, fresh" not in text


def test_the_page_of_a_platform_draws_the_grid_and_leads_to_the_rules_of_a_call(spec):
    spec.write(SPEC.replace("{how}", "EINVAL"))
    spec.run()
    assert spec.command("site", str(spec.out), "--out", "site").returncode == 0
    (page,) = (spec.folder / "site" / "platform").glob("*.html")
    text = page.read_text()
    assert "<summary>stream: v4</summary>" in text
    assert '<a href="../area/grid.html#grid.bind">bind</a>' in text
    assert (
        '<td class="cell open">EINVAL</td><td class="cell conforms">\u2713 bound</td>' in text
    )


def test_a_state_that_a_family_or_type_cannot_be_in_has_a_reason():
    load.imported()
    states = sys.modules["sockspec_rules.grid.states"]
    every = {(type, each) for type, families in states.MADE.items() for each in families}
    for name in {state.name for state in states.STATES}:
        rows = [state for state in states.STATES if state.name == name]
        have = {
            (type, each) for row in rows for type in row.families for each in row.families[type]
        }
        assert have == every or any(row.lacking for row in rows), name

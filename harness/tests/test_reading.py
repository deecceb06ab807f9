"""Files of profiles read: what is in order, and all that is not, each with its line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
import samples

from sockspec.errors import Refused, UsageError
from sockspec.judge import reading
from sockspec.judge.cannot import Barred, Cannot
from sockspec.judge.entry import Entry
from sockspec.judge.promise import Feature
from sockspec.judge.reading import Fault, Head, Recorded, Text

ENTRY = """\
[[entry]]
rule = "demo.subject.plain"
behaviour = "bad"
why = "it is so"
source = "https://example.org"
evidence = {kind = "documented"}
"""
CANNOT = """\
[[cannot]]
rule = "demo.subject.plain"
call = "bind"
error = "EIO"
why = "it is so"
source = "https://example.org"
evidence = {kind = "documented"}
"""
VERSION = "version = 1\n"
ENTRY_HAS = (
    "[[entry]] has because, behaviour, case, evidence, rule, sometimes, source, when, why"
)
CANNOT_HAS = "[[cannot]] has call, cases, error, evidence, rule, source, when, why"
BOTH_HAVE = f"{ENTRY_HAS}; {CANNOT_HAS}"


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "demo.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Text(path, lambda path: f"here/{path.name}")

    return read


def told(text):
    return [(each.line, each.message, each.remedy) for each in text.faults]


# -- entries -----------------------------------------------------------------------------------


def test_entries_of_both_kinds_have_their_lines(read, tmp_path):
    text = read(VERSION + ENTRY + CANNOT + ENTRY)
    assert (text.path, text.file) == (tmp_path / "demo.toml", "here/demo.toml")
    first, second = text.entries("here")
    assert (first.line, second.line) == (2, 15)
    assert first == Recorded(first.entry, "here", text.path, "here/demo.toml", 2)
    assert (first.entry.rule, first.origin) == ("demo.subject.plain", "here/demo.toml:2")
    (bar,) = text.barred("here")
    assert bar == Barred(bar.entry, "here", text.path, "here/demo.toml", 8)
    assert isinstance(bar.entry, Cannot)
    text.check()
    assert text.faults == text.unfinished == text.faulty == []
    for each in (first, Fault("a", 1, "b", "c")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            each.line = 3


def test_an_entry_is_placed_in_its_file(read):
    text = read("")
    entry, bar = samples.entry("a.b.c", "bad"), samples.cannot("a.b.c", "bind", "EIO")
    assert text.placed(entry, "here", 7) == Recorded(
        entry, "here", text.path, "here/demo.toml", 7
    )
    assert text.placed(bar, "here", 8) == Barred(bar, "here", text.path, "here/demo.toml", 8)


def test_where_entries_begin():
    text = "[[entry]]\n  [[ entry ]] # one\n[[cannot]]\n# [[entry]]\nx = '[[entry]]'\n[entry]\n"
    assert reading.entry_lines(text) == [1, 2]
    assert reading.entry_lines(text, "cannot") == [3]
    assert reading.entry_lines("", "cannot") == []


def test_all_that_is_wrong_with_an_entry_is_told_with_its_line(read):
    wrong = ENTRY.replace("why =", "y =").replace('"bad"', "3")
    text = read(VERSION + ENTRY + wrong.replace('rule = "demo.subject.plain"\n', "") + ENTRY)
    assert [each.line for each in text.entries("here")] == [2, 13]
    assert told(text) == [
        (10, "y: is an unknown field", BOTH_HAVE),
        (8, "rule: is missing", BOTH_HAVE),
        (9, "behaviour: Expected `str | array`, got `int`", BOTH_HAVE),
    ]
    assert all(each.file == "here/demo.toml" for each in text.faults)


def test_what_is_faulty_and_what_is_unfinished(read):
    text = read(
        VERSION
        + ENTRY.replace("documented", "observed")
        + ENTRY.replace("it is so", "")
        + CANNOT.replace("https://example.org", "")
    )
    assert [each.line for each in text.entries("here")] == [8]
    assert [each.line for each in text.barred("here")] == [14]
    ((line, message, remedy),) = told(text)
    assert line == 2
    assert message == "demo.subject.plain: observed on what, and when?"
    assert remedy == "give evidence.on and evidence.date"
    ((faulty, at),) = text.faulty
    assert isinstance(faulty, Entry)
    assert (faulty.evidence.kind, at) == ("observed", 2)
    assert [(each.file, each.line, each.message) for each in text.unfinished] == [
        ("here/demo.toml", 8, "demo.subject.plain: has no why"),
        ("here/demo.toml", 14, "demo.subject.plain: has no source"),
    ]
    assert text.unfinished[0].remedy == "say why the platform does this"


@pytest.mark.parametrize("table", ["entry = 3\n", 'entry = [{rule = "a.b.c"}]\n', "[entry]\n"])
def test_entries_in_another_form(read, table):
    text = read(VERSION + table)
    assert list(text.entries("here")) == []
    assert told(text) == [(1, "has entries in another form", "write each below [[entry]]")]


def test_what_belongs_to_no_file_of_entries(read):
    text = read(f"odd = 1\n{ENTRY}surprise = 1\n[more]\n")
    text.check()
    assert told(text)[0] == (1, "has no `version = 1`", "begin the file with it")
    assert sorted(told(text)[1:]) == [
        (1, "has an unknown field 'more'", BOTH_HAVE),
        (1, "has an unknown field 'odd'", BOTH_HAVE),
    ]
    text = read("odd = 1\nversion = 1\n[odder]\nodd = 1\n")
    text.check()
    assert [each[:2] for each in sorted(told(text))] == [
        (1, "has an unknown field 'odd'"),
        (1, "has an unknown field 'odder'"),
    ]
    text = read("version = 2\n\nodd = 1\n")
    text.check()
    assert [each[:2] for each in told(text)] == [
        (1, "has no `version = 1`"),
        (3, "has an unknown field 'odd'"),
    ]


def test_what_a_kind_does_not_take():
    whole = msgspec.to_builtins(samples.entry("a.b.c", "bad"))
    assert list(reading.misfits(whole, Entry)) == []
    del whole["rule"], whole["why"]
    whole |= {"z": 1, "a": 2, "sometimes": "yes"}
    assert list(reading.misfits(whole, Entry)) == [
        ("a", "is an unknown field"),
        ("z", "is an unknown field"),
        ("rule", "is missing"),
        ("sometimes", "Expected `bool`, got `str`"),
    ]


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "complaint", "remedy"),
    [
        (b"a = 1\nb = '\xff'\n", 1, "is not UTF-8: ", "save it as UTF-8"),
        ("a = 1\nb = = 2\n", 2, "is not TOML: ", "fix the syntax"),
        ("a = 1\nb = [\n", 2, "is not TOML: ", "fix the syntax"),
    ],
)
def test_a_file_that_cannot_be_parsed(read, content, line, complaint, remedy):
    text = read(content)
    ((at, message, told_remedy),) = told(text)
    assert (at, told_remedy) == (line, remedy)
    assert message.startswith(complaint)
    assert text.head() is text.answers() is None
    assert list(text.entries("here")) == list(text.barred("here")) == []
    text.check()
    assert len(text.faults) == 1


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refused):
        Text(tmp_path / "none.toml", str)


def test_a_head(read):
    text = read(
        'version = 1\nname = "here"\ntitle = "Here"\nfeatures = ["oob", {feature = "x"}]\n'
    )
    head = text.head()
    assert head == Head(1, "here", "Here", features=["oob", Feature("x")])
    assert (head.extends, head.note, text.faults) == ("", "", [])
    with pytest.raises(AttributeError):
        head.name = "other"


@pytest.mark.parametrize(
    ("line", "content", "complaint"),
    [
        (3, 'name = "here"\ntitle = "H"\nsurprise = 1\n', "unknown field `surprise`"),
        (2, 'name = "here"\ntitle = 3\n', "Expected `str`, got `int` - at `$.title`"),
        (1, 'name = "here"\n', "missing required field `title`"),
        (1, 'version = 2\nname = "here"\ntitle = "H"\n', "Invalid enum value 2"),
        (1, 'titles = 1\n  title = 3\nname = "here"\n', "unknown field `titles`"),
        (1, 'odd = 1\nversion = 1\nname = "a"\ntitle = "A"\n[b]\nodd = 1\n', "field `odd`"),
    ],
)
def test_a_head_that_is_none(read, line, content, complaint):
    text = read(content if "version" in content else content + VERSION)
    assert text.head() is None
    ((at, message, remedy),) = told(text)
    assert at == line
    assert complaint in message
    assert remedy == "a profile has version, name, title, extends, note, features"


def test_a_table_of_answers(read):
    text = read('version = 1\non = "Here"\ndate = 2026-11-01\n[any]\n"a.b.c" = "good"\n')
    assert text.answers().any == {"a.b.c": "good"}
    text = read('version = 1\non = "Here"\nodd = 1\ndate = 2026-11-01\n')
    assert text.answers() is None
    ((line, message, remedy),) = told(text)
    assert (line, remedy) == (3, "make the table anew: `sockspec update --write RUNS`")
    assert "unknown field `odd`" in message
    # The first line of that name, where a table has one of it too.
    text = read('odd = 1\nversion = 1\non = "Here"\ndate = 2026-11-01\n[any]\nodd = "good"\n')
    assert text.answers() is None
    assert [each[0] for each in told(text)] == [1]


# -- all together ------------------------------------------------------------------------------


def test_nothing_wrong_is_not_refused():
    reading.refuse("it", [])


def test_what_is_wrong_is_refused_all_at_once():
    one, two = (
        Fault("a.toml", 3, "is odd", "mend it"),
        Fault("b.toml", 4, "is odder", "drop it"),
    )
    assert str(one) == "a.toml:3: is odd; mend it"
    with pytest.raises(UsageError, match="is odd") as caught:
        reading.refuse("it", [one])
    error = caught.value
    assert (error.message, str(error.file), error.line) == ("is odd", "a.toml", 3)
    assert error.remedy == "mend it"
    with pytest.raises(UsageError) as caught:
        reading.refuse("the profile", [one, two])
    assert caught.value.message == (
        "the profile has 2 problems:\n  a.toml:3: is odd\n    remedy: mend it\n"
        "  b.toml:4: is odder\n    remedy: drop it"
    )
    assert caught.value.problems == [dataclasses.asdict(each) for each in (one, two)]


def test_the_file_that_makes_a_folder_a_profile():
    assert Path("here", reading.HEAD) == Path("here/profile.toml")

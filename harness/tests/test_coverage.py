"""What the rules are held against: each row of it in order, and what is wrong refused."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from samples import made

from sockspec.api import documents
from sockspec.errors import UsageError
from sockspec.spec import coverage, load
from sockspec.spec.rules import Case, Registry

AREAS = {area.name: area for area in coverage.areas()}

SOUND = """
[row.twice]
says = "A second bind is refused."
source = "posix bind EINVAL"
rules = ["state.bind.twice"]
"""


def registry(**changes) -> Registry:
    found = Registry()
    rule = made(**changes)
    rule.cases.append(Case(rule, (("family", "v4"),)))
    found.add(rule)
    return found


@pytest.fixture
def faults(tmp_path):
    """What is wrong with the rows of a file beside which there is one sound row."""

    def faults(text, rules=None):
        folder = tmp_path / coverage.FOLDER
        folder.mkdir(exist_ok=True)
        (folder / "one.toml").write_text(f'title = "One"\n{SOUND}')
        (folder / "two.toml").write_text(f'title = "Two"\n{text}')
        areas = coverage.areas(tmp_path)
        return list(coverage.faults(areas, rules or registry()))

    return faults


def row(**fields) -> str:
    told = {"says": '"It is."', "source": '"man socket(7)"', "rules": '["state.bind.twice"]'}
    lines = (f"{name} = {value}" for name, value in (told | fields).items() if value)
    return "\n[row.more]\n" + "\n".join(lines) + "\n"


def test_every_row_of_the_specification_is_in_order():
    assert list(coverage.faults(AREAS.values(), load.rules())) == []
    assert sum(len(area.rows) for area in AREAS.values()) > 800


def test_a_sound_row_passes(faults):
    assert faults(row()) == []
    assert faults(row(rules='["state.bind.twice[v4]"]', partly='"IPv6 is not asked"')) == []
    assert faults(row(rules="", left_out='"nobody can see it"')) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"rules": ""}, "names no rule; name one, or say in left_out why there is none"),
        ({"rules": "[]"}, "names no rule"),
        ({"left_out": '"nobody can see it"'}, "names rules and is left out"),
        ({"no_claim": '"it refers elsewhere only"'}, "names rules and is left out"),
        (
            {"rules": "", "left_out": '"not seen by anybody"', "no_claim": '"it says nothing"'},
            "is left out and no claim",
        ),
        (
            {"rules": "", "left_out": '"no rule yet"', "partly": '"IPv6 is not asked"'},
            "is partly observed by no rule",
        ),
        ({"partly": '"soon"'}, "'soon' is no reason"),
        ({"rules": '["state.bind.gone"]'}, "there is no rule or case 'state.bind.gone'"),
        ({"rules": '["state.bind.twice[v6]"]'}, "no rule or case 'state.bind.twice[v6]'"),
        ({"rules": '["state.bind.twice", "state.bind.twice"]'}, "names a rule twice"),
        ({"says": '"No end"'}, "says no sentence"),
        ({"source": '"somebody"'}, "names no publication that is known"),
        ({"source": '"posix"'}, "names no publication that is known"),
        ({"source": '"man tcp"'}, "is no page of a manual"),
        ({"source": '"socket2 sing 1"'}, "documents no function 'sing'"),
        (
            {"says": '"A second bind is refused."', "source": '"posix bind EINVAL"'},
            "says what coverage/one.toml:3: twice says",
        ),
    ],
)
def test_what_is_wrong_with_a_row_is_said_with_its_line(faults, fields, complaint):
    (found,) = faults(row(**fields))
    assert found.startswith("coverage/two.toml:3: more: ")
    assert complaint in found


def test_a_rule_without_a_source_needs_a_row(faults):
    alone = registry(id="state.bind.alone", sources=())
    named = row(rules='["state.bind.alone"]')
    assert [each for each in faults(named, alone) if "no source" in each] == []
    (found,) = (each for each in faults(row(), alone) if "no source" in each)
    assert "state.bind.alone: has no source, and no row of coverage/ names it" in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('title = "Two"\n[row.more', "two.toml:2: is not TOML"),
        (SOUND, "two.toml:1: Object missing required field `title`"),
        ('title = "Two"\n[row.more]\nsay = "It is."\n', "two.toml:1: Object contains unknown"),
        ('title = "Two"\n' + SOUND + SOUND, "is not TOML: Cannot declare"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path, text, told):
    (tmp_path / coverage.FOLDER).mkdir()
    (tmp_path / coverage.FOLDER / "two.toml").write_text(text)
    with pytest.raises(UsageError) as refused:
        coverage.areas(tmp_path)
    assert told in str(refused.value)


def test_without_rows_nothing_is_wrong(tmp_path):
    assert list(coverage.faults(coverage.areas(tmp_path), registry(sources=()))) == []


def test_the_lint_of_the_command_reads_the_rows(spec):
    spec.write('promise("newer").case()(lambda sockets, see, case: see("good"))\n')
    (spec.rules / "ids.txt").write_text("demo.subject.newer\n")
    folder = spec.rules / coverage.FOLDER
    folder.mkdir()
    (folder / "one.toml").write_text(f'title = "One"\n{SOUND}')
    ran = spec.command("rules", "--lint")
    assert ran.returncode == 3
    assert (
        "coverage/one.toml:3: twice: there is no rule or case 'state.bind.twice'" in ran.stdout
    )


@pytest.mark.parametrize(
    ("text", "publication", "link"),
    [
        ("posix bind EINVAL", "POSIX.1-2024 bind()", "functions/bind.html"),
        ("xsh 2.10.16 SO_LINGER", "POSIX.1-2024 XSH 2.10.16", "V2_chap02.html#tag_16_10_16"),
        ("man tcp(7) TCP_CORK", "Linux man-pages 6.03 tcp(7)", "/manpages/tcp.7.en.html"),
        ("rfc 9293 3.8.5", "RFC 9293", "rfc9293#section-3.8.5"),
        ("ms WSAPoll Remarks", "Microsoft Learn WSAPoll", "nf-winsock2-wsapoll"),
        ("ms ip-multicast-2", "Microsoft Learn, Windows Sockets 2", "winsock/ip-multicast-2"),
        ("tokio listen 4", "tokio::net::TcpSocket", "#method.listen"),
        ("newer sendfile", "socket2 0.6.5 Socket", "#method.sendfile"),
        ("linux net/ipv4/tcp.c", "Linux net/ipv4/tcp.c", "v6.18/net/ipv4/tcp.c"),
        ("https://example.org/a", "a page", "https://example.org/a"),
    ],
)
def test_a_source_is_read(text, publication, link):
    source = coverage.cited(text)
    assert source.publication == publication
    assert source.link.endswith(link)


def sentences_of(name) -> dict[str, list[int]]:
    """The sentences of each function that a document's rows are about."""
    found = defaultdict(list)
    for key in AREAS[name].rows:
        if place := re.fullmatch(r"([a-z0-9-]+)-(\d+)", key):
            found[place[1].replace("-", "_")].append(int(place[2]))
    return found


@pytest.mark.parametrize(
    ("name", "functions"), [("socket2", documents.SOCKET2), ("tokio", documents.TOKIO)]
)
def test_every_function_of_a_document_has_its_sentences(name, functions):
    found = sentences_of(name)
    assert found.keys() == set(functions)
    assert all(each == list(range(1, len(each) + 1)) for each in found.values())

"""Profiles of one's own: where they are found, what they extend, how they are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import warm

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import load

RULE = "demo.subject.words"
WORDS = """
@promise("words").case(word=("one", "two"))
def test_words(sockets, see, case):
    see("bad" if case["word"] == "two" else "ugly")
"""
ADAPTER = """
from sockspec import platform
from sockspec.backends.stdlib import Stdlib

class Adapter(Stdlib):
    name = "mine"

    def facts(self):
        return {**platform.facts(), "profile": "mine"}
"""
TABLE = """
[tool.sockspec]
backend = "adapter:Adapter"
profile = "own"
"""


def entry(word, behaviour, why="it is so"):
    return (
        f'[[entry]]\nrule = "{RULE}"\ncase = {{ word = "{word}" }}\nbehaviour = "{behaviour}"\n'
        f'why = "{why}"\nsource = "none found"\n'
        'evidence = { kind = "observed", on = "this machine", date = 2026-11-28 }\n'
    )


def profile(folder, name="mine", extends="here", *entries):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.toml").write_text(
        f'version = 1\nname = "{name}"\ntitle = "T"\nextends = "{extends}"\n'
    )
    if entries:
        (folder / "demo.toml").write_text("version = 1\n" + "".join(entries))
    return folder


@pytest.fixture
def mine(spec):
    """An installed profile that knows one case, and one of the user's that knows the other."""
    spec.write(WORDS)
    spec.record(entry("one", "ugly"))
    profile(spec.folder / "own", "mine", "here", entry("two", "bad"))
    (spec.folder / "adapter.py").write_text(ADAPTER)
    return spec


def command(spec, *words, cwd=None, more=None):
    """As the installed command: the current folder is not where Python looks by itself."""
    environment = spec.environment() | (more or {})
    return warm.sockspec(*words, cwd=cwd or spec.folder, env=environment, safe=True)


def ran_green(spec, *words, **more):
    ran = command(spec, "run", "-n", "0", "--out", spec.out, *words, **more)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert runfile.read(spec.out).header.profile == "mine"
    return ran


# -- where it is found -----------------------------------------------------------------


@pytest.mark.parametrize("path", ["own", "./own", "own/", "own/profile.toml"])
def test_a_profile_is_named_by_its_path_and_extends_an_installed_one(mine, path):
    ran_green(mine, "--profile", path)
    origins = {each.origin for each in mine.seen().values()}
    assert origins == {"platforms/here/demo.toml:2", "own/demo.toml:2"}
    assert command(mine, "gate", mine.out, "--profile", path).returncode == 0


def test_a_run_is_gated_by_a_profile_that_was_written_after_it(mine):
    ran = mine.run()
    assert ran.returncode == 1
    assert command(mine, "gate", mine.out).returncode == 1
    assert command(mine, "gate", mine.out, "--profile", "./own").returncode == 0


def test_a_project_names_backend_and_profile_for_every_verb(mine):
    (mine.folder / "pyproject.toml").write_text(TABLE)
    below = mine.folder / "some" / "where"
    below.mkdir(parents=True)
    for place in (mine.folder, below):
        ran_green(mine, cwd=place)
        assert runfile.read(mine.out).header.backend == "mine"
        assert command(mine, "gate", mine.out, cwd=place).returncode == 0
        explained = command(mine, "explain", f"{RULE}[two]", cwd=place)
        assert f"{mine.folder / 'own/demo.toml' if place is below else 'own/demo.toml'}:2" in (
            explained.stdout
        ), explained.stderr
        told = command(mine, "report", mine.out, "--out", mine.folder / "report", cwd=place)
        assert told.returncode == 0, told.stderr
        # What features there are is not said yet, and then it is.
        command(mine, "update", mine.out, "--write", cwd=place)
        assert command(mine, "update", mine.out, cwd=place).stdout == ""
        assert command(mine, "smoke", cwd=place).returncode == 0
    # Another backend is not the project's, and neither is its profile.
    other = command(
        mine, "run", "-n", "0", "--backend", "stdlib", "--profile", "here", "--out", mine.out
    )
    assert other.returncode == 1, other.stdout + other.stderr
    assert runfile.read(mine.out).header.profile == "here"


def test_an_isolated_backend_of_the_project_is_found_from_below(mine):
    (mine.folder / "pyproject.toml").write_text(TABLE)
    below = mine.folder / "below"
    below.mkdir()
    ran_green(mine, "--isolate", cwd=below)
    ran_green(mine, "--isolate", "-n", "2", cwd=below)


def test_a_plain_pytest_run_judges_by_the_project(mine):
    (mine.folder / "pyproject.toml").write_text(TABLE)
    words = (
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
    )
    ran = subprocess.run(
        [*words, f"--sockspec-out={mine.out}", str(mine.rules)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=mine.folder,
        env=mine.environment(),
    )
    assert ran.returncode == 0, ran.stdout
    assert "2 known divergence" in ran.stdout
    assert runfile.read(mine.out).header.backend == "mine"


def installed_package(spec, value="wolf.stack", name="mine", extends="here"):
    """A distribution that offers a profile, where Python looks."""
    site = spec.folder / "site"
    profile(site / "wolf" / "stack", "mine", extends, entry("two", "bad"))
    told = site / "wolf-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: wolf\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text(f"[sockspec.profiles]\n{name} = {value}\n")
    environment = spec.environment()
    return {"PYTHONPATH": os.pathsep.join([str(site), environment.get("PYTHONPATH", "")])}


def test_a_profile_comes_with_another_distribution(mine):
    more = installed_package(mine)
    ran_green(mine, "--profile", "mine", more=more)
    assert command(mine, "gate", mine.out, more=more).returncode == 0
    listed = command(mine, "platforms", "--format", "json", more=more)
    (told,) = [each for each in json.loads(listed.stdout) if each["name"] == "mine"]
    assert (told["extends"], told["found"], told["problems"]) == (["here"], "wolf 1.0", [])
    assert told["folder"] == "site/wolf/stack"


def test_an_entry_point_without_a_profile_is_named(mine):
    more = installed_package(mine, "wolf.nothing")
    listed = command(mine, "platforms", more=more)
    assert listed.returncode == 2
    assert "the profile 'mine' of wolf 1.0 has no profile.toml" in listed.stdout
    # Whoever does not use it goes on.
    assert command(mine, "platforms", "--profile", "here", more=more).returncode == 0


def test_folders_of_profiles_come_before_the_installed_ones(mine):
    profile(mine.folder / "mine" / "mine", "mine", "here", entry("two", "bad"))
    profile(mine.folder / "mine" / "here", "here", "", entry("one", "ugly"))
    ran_green(mine, "--platforms", "mine", "--profile", "mine")
    assert mine.seen()[f"{RULE}[one]"].origin == "mine/here/demo.toml:2"


# -- what is refused -------------------------------------------------------------------


def test_a_path_without_a_profile_is_refused_with_what_to_do(mine):
    ran = command(mine, "run", "--out", mine.out, "--profile", "./nothing")
    assert ran.returncode == 2
    assert "there is no profile at nothing, as --profile says" in ran.stderr
    assert "sockspec init" in ran.stderr
    ran = command(mine, "run", "--profile", "nothing", "--out", mine.out)
    assert ran.returncode == 2
    assert "there is no profile 'nothing'\n  remedy: name one of here" in ran.stderr


def test_an_installed_name_is_not_to_be_taken(mine):
    profile(mine.folder / "own", "here", "")
    ran = command(mine, "platforms", "--profile", "./own")
    assert ran.returncode == 2
    assert "own/profile.toml:1: the name 'here' is taken by platforms/here" in ran.stderr


@pytest.mark.parametrize(
    ("table", "line", "complaint"),
    [
        ("\n[tool.sockspec]\nbackends = 'x'\n", 3, "unknown field `backends`"),
        ("[tool.sockspec]\nbackend = 'x'\nlabel = 5\n", 3, "Expected `str`, got `int`"),
    ],
)
def test_a_table_that_is_not_in_order_is_named_by_file_and_line(mine, table, line, complaint):
    (mine.folder / "pyproject.toml").write_text(table)
    ran = command(mine, "run", "--out", mine.out)
    assert ran.returncode == 2
    assert f"pyproject.toml:{line}: [tool.sockspec]: " in ran.stderr
    assert complaint in ran.stderr


def test_a_pyproject_of_somebody_else_is_nothing_to_us(mine):
    (mine.folder / "pyproject.toml").write_text("[tool.black\n")
    ran_green(mine, "--profile", "./own")


def test_every_problem_of_a_profile_is_told_at_once(mine):
    profile(mine.folder / "own", "mine", "nowhere")
    (mine.folder / "own" / "a.toml").write_text("version = 1\n[[entry]\n")
    (mine.folder / "own" / "b.toml").write_text(
        "version = 2\nsurplus = 1\n"
        + entry("one", "ugly").replace('"none found"', '"somewhere"')
        + entry("one", "ugly").replace("rule =", "rules =")
        + entry("two", "bad").replace('"observed"', '"believed"')
        + "surprise = 1\n"
        + entry("two", "bad", why="")
    )
    ran = command(mine, "platforms", "--profile", "./own")
    assert ran.returncode == 2
    for problem in (
        "own/profile.toml:1: extends 'nowhere': there is no profile 'nowhere'",
        "own/a.toml:2: is not TOML",
        "own/b.toml:1: has no `version = 1`",
        "own/b.toml:2: has an unknown field 'surplus'",
        f"own/b.toml:3: {RULE}: a source is an https link",
        "own/b.toml:11: rules: is an unknown field",
        "own/b.toml:10: rule: is missing",
        "own/b.toml:23: evidence: Invalid enum value 'believed'",
        "own/b.toml:24: surprise: is an unknown field",
        f"own/b.toml:25: {RULE}: has no why",
    ):
        assert problem in ran.stdout, ran.stdout
    assert "has 10 problems" in ran.stdout
    # A run does not begin with it, and says as much.
    ran = command(mine, "run", "--profile", "./own", "--out", mine.out)
    assert ran.returncode == 2
    assert "has 10 problems" in ran.stderr
    assert not mine.out.exists()


def test_what_does_not_fit_the_rules_is_told_beside_the_rest(mine):
    profile(
        mine.folder / "own",
        "mine",
        "here",
        entry("three", "bad"),
        entry("two", "good-looking"),
        entry("two", "bad").replace("demo.subject", "demo.object"),
        entry("two", "bad") + "\n" + entry("two", "ugly"),
    )
    ran_all = command(mine, "platforms", "--profile", "./own")
    assert ran_all.returncode == 2
    for problem in (
        f"own/demo.toml:2: {RULE} has no case with word = three",
        f"own/demo.toml:9: {RULE} cannot name 'good-looking'",
        "own/demo.toml:16: there is no rule 'demo.object.words'",
    ):
        assert problem in ran_all.stdout
    mine.run()
    gated = command(mine, "gate", mine.out, "--profile", "./own", "--format", "json")
    assert gated.returncode == 3
    (said,) = json.loads(gated.stdout)["gates"]
    told = said["faults"]
    assert len(told) == 4
    assert any("two entries apply equally" in each for each in told)


def test_an_entry_that_is_wrong_by_itself_is_held_against_the_rules_too(tmp_path):
    unlinked = entry("one", "ugly").replace('"none found"', '"somewhere"')
    folder = profile(tmp_path / "own", "mine", "posix", unlinked)
    with pytest.raises(UsageError) as refused:
        Catalogue([], str(folder)).load("mine", load.rules())
    told = str(refused.value)
    assert f"{RULE}: a source is an https link" in told
    assert f"there is no rule {RULE!r}" in told


# -- what an update may touch ------------------------------------------------------------


def test_an_update_never_touches_an_installed_package(spec):
    site = spec.folder / "lib" / "site-packages" / "sockspec" / "platforms"
    profile(site / "here", "here", "", entry("one", "ugly"))
    spec.profiles = site
    spec.write(WORDS)
    assert spec.run().returncode == 1
    before = (site / "here" / "demo.toml").read_bytes()
    shown = command(spec, "update", spec.out)
    assert shown.returncode == 0
    name = "lib/site-packages/sockspec/platforms/here/demo.toml"
    assert shown.stdout.startswith(f"--- a/{name}\n")
    ran = command(spec, "update", spec.out, "--write")
    assert ran.returncode == 2
    assert f"{name}: belongs to an installed package" in ran.stderr
    assert "sockspec init" in ran.stderr
    assert (site / "here" / "demo.toml").read_bytes() == before
    # The edit that a gate asks for is one for a profile of the user's.
    gated = command(spec, "gate", spec.out)
    assert "record it in demo.toml of a profile of yours that extends here" in gated.stdout
    # There, it is written.
    profile(spec.folder / "own", "mine", "here")
    ran = command(spec, "update", spec.out, "--profile", "./own", "--write")
    assert ran.stdout == "own/demo.toml\nown/profile.toml\n", ran.stderr
    assert command(spec, "update", spec.out, "--profile", "./own").stdout == ""
    assert (site / "here" / "demo.toml").read_bytes() == before


# -- names of files ----------------------------------------------------------------------


def test_paths_are_shown_as_they_can_be_opened_and_published_without_this_machine(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert locate.shown(tmp_path / "own" / "a.toml") == "own/a.toml"
    assert locate.portable(tmp_path / "own" / "a.toml") == "own/a.toml"
    inside = locate.platforms() / "linux" / "data.toml"
    assert locate.shown(inside) == str(inside)
    assert locate.portable(inside) == "platforms/linux/data.toml"
    elsewhere = tmp_path.parent / "other" / "own" / "a.toml"
    assert locate.portable(elsewhere) == "own/a.toml"


def test_no_path_of_this_machine_gets_into_a_run_file(mine):
    elsewhere = mine.folder / "elsewhere"
    elsewhere.mkdir()
    ran_green(mine, "--profile", "../own", cwd=elsewhere)
    assert str(mine.folder) not in mine.out.read_text().replace(str(mine.out), "")


def test_a_catalogue_without_anything_has_what_is_installed():
    assert {"linux", "posix", "windows"} <= set(Catalogue().names())
    with pytest.raises(UsageError, match="there is no profile 'nowhere'"):
        Catalogue().load("nowhere")

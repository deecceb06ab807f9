"""Parsed files of profiles: a large one is parsed once, and never read for what it was."""

from __future__ import annotations

import datetime
import tomllib

import pytest

from sockspec import locate
from sockspec.judge import parsed
from sockspec.judge.entry import Evidence
from sockspec.judge.reading import Text

LARGE = "".join(f'[[entry]]\nwhy = "{n}"\n' for n in range(parsed.LARGE // 10))


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sockspec"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.toml"


def _unparsed(monkeypatch):
    def never(text):
        raise AssertionError("it was parsed")

    monkeypatch.setattr(tomllib, "loads", never)


def test_a_large_file_is_parsed_once(path, monkeypatch):
    first = parsed.toml(path, LARGE)
    assert first == tomllib.loads(LARGE)
    _unparsed(monkeypatch)
    assert parsed.toml(path, LARGE) == first


def test_a_small_file_is_not_kept(path, cache):
    assert parsed.toml(path, "version = 1") == {"version": 1}
    assert not cache.exists()


def test_what_was_edited_is_parsed_anew(path):
    parsed.toml(path, LARGE)
    edited = LARGE.replace('"7"', '"8"', 1)
    assert parsed.toml(path, edited) == tomllib.loads(edited)
    assert parsed.toml(path, LARGE) == tomllib.loads(LARGE)


@pytest.mark.parametrize("garbage", [b"", b"\xc1", b"\x81\xa6digest\x01", b"[" * 99])
def test_a_broken_cache_is_not_read(path, cache, garbage):
    parsed.toml(path, LARGE)
    (kept,) = (cache / "profiles").iterdir()
    kept.write_bytes(garbage)
    assert parsed.toml(path, LARGE) == tomllib.loads(LARGE)
    assert kept.read_bytes() != garbage


def test_without_a_cache_it_is_parsed(path, cache):
    cache.parent.mkdir()
    cache.write_text("in the way")
    assert parsed.toml(path, LARGE) == tomllib.loads(LARGE)
    assert cache.read_text() == "in the way"


def test_what_is_no_toml_is_told_each_time(path):
    for _ in range(2):
        with pytest.raises(tomllib.TOMLDecodeError):
            parsed.toml(path, LARGE + "=")


@pytest.mark.parametrize("more", ["", "# " + "-" * parsed.LARGE])
def test_dates_are_read_alike_from_small_and_kept_files(path, more):
    path.write_text(
        'version = 1\n[[entry]]\nrule = "state.bind"\nbehaviour = "EINVAL"\nwhy = "it does"\n'
        'source = "none found"\nevidence = { kind = "observed", on = "Linux 6.1", '
        f"date = 2026-11-29 }}\n{more}\n"
    )
    for _ in range(2):
        (read,) = Text(path, str).entries("mine")
        day = datetime.date(2026, 11, 29)
        assert read.entry.evidence == Evidence("observed", "Linux 6.1", day)


def test_installed_profiles_fit_the_cache(cache):
    for path in locate.platforms().glob("*/*.toml"):
        text = path.read_text(encoding="utf-8")
        read = parsed.toml(path, text)
        assert parsed.toml(path, text) == read
    assert list((cache / "profiles").iterdir())

"""What `sockspec explain` asks the platform, beside what it is told."""

from __future__ import annotations

import pytest

from sockspec.judge.catalogue import Catalogue
from sockspec.run import explain, features

RULE = "state.shutdown.not-connected"


@pytest.fixture
def probed(monkeypatch):
    """The backends that features were probed of."""
    found = []
    really = features.probe

    def probe(backend, *given, **named):
        found.append(backend.name)
        return really(backend, *given, **named)

    monkeypatch.setattr(features, "probe", probe)
    return found


@pytest.fixture
def mine(tmp_path):
    """A profile that extends Linux', with an entry that has a condition."""

    def made(when):
        folder = tmp_path / "mine"
        folder.mkdir()
        (folder / "profile.toml").write_text(
            'version = 1\nname = "mine"\ntitle = "Mine"\nextends = "linux"\n'
        )
        (folder / "state.toml").write_text(
            f'version = 1\n[[entry]]\nrule = "{RULE}"\nbehaviour = "shut"\nwhen = {when}\n'
            'why = "it is"\nsource = "none found"\nevidence = { kind = "documented" }\n'
        )
        return Catalogue([], str(folder))

    return made


def _decides(catalogue):
    """Whether the entry of that profile is what is expected, of every case."""
    (told,) = explain.explain([RULE], "stdlib", catalogue)
    (decides,) = {bool(found) and found[0].profile == "mine" for found in told.cases.values()}
    return decides


def test_where_no_condition_asks_for_features_none_is_probed(probed, mine):
    assert _decides(mine('{ backend = "stdlib" }'))
    assert not probed


@pytest.mark.parametrize(("capability", "met"), [("ipv4", True), ("!ipv4", False)])
def test_a_condition_on_a_feature_is_decided_by_probing(probed, mine, capability, met):
    catalogue = mine(f'{{ capability = "{capability}" }}')
    assert _decides(catalogue) is met
    assert probed == ["stdlib"]

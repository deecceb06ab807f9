"""What a machine lacks, and what a run there leaves out for it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from sockspec import backends, platform
from sockspec.run.apart import Apart
from sockspec.run.features import probe
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["examine", "lines"]

_TOOLS = {
    "cc": "building the C backend",
    "cargo": "building the Rust backend",
    "docker": "container targets",
    "runsc": "the gVisor target",
    "wine": "the Wine target",
    "chromium": "looking at the report in a test",
}


def examine() -> dict[str, Any]:
    """Facts, usable backends, features that are missing with the cases they cost, tools."""
    facts = platform.facts()
    rules = load.rules().rules.values()
    cases = [case for rule in rules for case in rule.cases]
    found = backends.overview()
    missing = {}
    for each in found:
        if each.backend is None:
            continue
        apart = Apart.of(each.name, each.backend)
        capabilities = probe(each.backend, facts["privileged"], apart=apart)
        apart.shut_down()
        missing[each.name] = {
            feature: {
                "reason": reason,
                "cases": sum(feature in case.needs for case in cases),
            }
            for feature, reason in sorted(capabilities.missing.items())
        }
    return {
        "platform": facts,
        "backends": [each.as_data() for each in found],
        "missing": missing,
        "tools": {
            name: {"path_found": shutil.which(name) is not None, "for": purpose}
            for name, purpose in _TOOLS.items()
        },
        "cases": len(cases),
    }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """What `sockspec doctor` prints."""
    facts = found["platform"]
    yield (
        f"{platform.described(facts)}, profile {facts['profile']}, "
        f"{facts['interpreter']} {facts['interpreter_version']}, {found['cases']} cases"
    )
    for each in found["backends"]:
        if each["usable"]:
            yield f"backend {each['name']}: {each['implementation']}"
        else:
            remedy = f"; remedy: {each['remedy']}" if each["remedy"] else ""
            yield f"backend {each['name']}: cannot be used: {each['reason']}{remedy}"
    for backend, features in found["missing"].items():
        for feature, told in features.items():
            yield (
                f"through {backend} without {feature} ({told['reason']}): "
                f"{told['cases']} cases are unsupported"
            )
    for name, told in found["tools"].items():
        if not told["path_found"]:
            yield f"no {name} on the path: not possible here: {told['for']}"

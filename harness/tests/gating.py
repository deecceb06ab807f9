"""Run files of four cases of one rule, and what a gate says of them."""

from __future__ import annotations

import json

import pytest
from samples import observed, written

SPEC = """
R = promise("words")
@R.case(family=("v4", "v6"), type=("stream", "dgram"))
def test_words(sockets, see, case):
    see("good")
"""
MORE = """
R{0} = promise("rule-{0}")
@R{0}.case()
def test_{0}(sockets, see, case):
    see("good")
"""
RULE = "demo.subject.words"
UPDATE = "`sockspec update run.jsonl --write`"
NEW, KNOWN, FINE = "new divergence", "known divergence", "conforms"
UNCLEAR = "indeterminate"
LACKS = ("", "unsupported", "needs shoes: there are none")


@pytest.fixture
def ran(spec):
    """Write a run file in which the four cases of the rule, and others, did this."""
    spec.write(SPEC + "".join(MORE.format(number) for number in range(8)))

    def write(*did, name="run.jsonl", more=None, **header):
        cases = ("v4,stream", "v4,dgram", "v6,stream", "v6,dgram")
        seen = [
            observed(f"{RULE}[{case}]", *each)
            for case, each in zip(cases, did, strict=False)
            if each
        ]
        seen += [observed(f"demo.subject.{id}", *each) for id, each in (more or {}).items()]
        return written(spec.folder / name, *seen, **header)

    return write


GOOD, BAD, UGLY = ("good", FINE), ("bad", NEW), ("ugly", NEW)


def gate(spec, *words):
    ran = spec.command("gate", *(words or ("run.jsonl",)), "--format", "json")
    assert ran.stdout, ran.stderr
    told = json.loads(ran.stdout)
    assert told["exit"] == ran.returncode
    assert told["open"] == (ran.returncode == 0)
    return told


def said(spec, *words):
    return spec.command("gate", *(words or ("run.jsonl",))).stdout

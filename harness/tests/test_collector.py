"""The garbage collector is kept off what was read, then and afterwards."""

from __future__ import annotations

import gc

from sockspec.collector import uncollected


def test_what_was_made_meanwhile_is_not_walked_at_once():
    walked = []

    def walk(phase, told):
        if phase == "start":
            young = {id(each) for each in gc.get_objects(generation=told["generation"])}
            walked.append(id(made[0]) in young)

    with uncollected():
        assert not gc.isenabled()
        made = [[each] for each in range(10_000)]
    assert gc.isenabled()
    gc.callbacks.append(walk)
    try:
        _ = [[each] for each in range(1_000)]
    finally:
        gc.callbacks.remove(walk)
    assert walked
    assert not any(walked)


def test_who_keeps_it_off_keeps_it_off():
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

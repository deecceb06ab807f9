"""The garbage collector is kept off what was read, then and afterwards."""

from __future__ import annotations

import gc

from sockspec.collector import uncollected


def test_what_was_made_meanwhile_is_not_walked_at_once():
    walked, made = [], []

    def walk(phase, told):
        if phase == "start" and made:
            walking = gc.get_objects(generation=told["generation"])
            walked.append(any(each is made[0] for each in walking))

    gc.callbacks.append(walk)
    try:
        with uncollected():
            assert not gc.isenabled()
            made.extend([each] for each in range(10_000))
        assert gc.isenabled()
        made.extend([each] for each in range(1_000))
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

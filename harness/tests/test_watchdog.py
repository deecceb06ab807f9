"""The time in which a watched process has to show that it runs follows the machine."""

from __future__ import annotations

import faulthandler
import os

import pytest

from sockspec.backends import watchdog
from sockspec.backends.deadline import held

SECONDS = 5.0


@pytest.fixture
def scheduled(monkeypatch, tmp_path):
    """What the system says of the scheduling of this process: nothing, until it is written."""
    monkeypatch.setattr(watchdog, "_SCHEDULED", tmp_path / "schedstat")
    monkeypatch.setattr(watchdog, "_clock", watchdog._Clock(report=2))
    return watchdog._SCHEDULED


@pytest.fixture
def timer(monkeypatch, scheduled):
    """What the timer that ends the process was set to; None: it was stopped."""
    told = []

    def later(seconds, **_how):
        told.append(seconds)

    monkeypatch.setattr(faulthandler, "dump_traceback_later", later)
    monkeypatch.setattr(faulthandler, "cancel_dump_traceback_later", lambda: told.append(None))
    return told


def grace(timer, seconds=SECONDS):
    """The grace of a deadline, in graces of an idle machine."""
    with watchdog.watching():
        watchdog.feed(seconds)
        told = timer[-1]
    return round((told - seconds) / watchdog.GRACE, 3)


def test_an_idle_machine_has_the_usual_grace(timer):
    assert grace(timer) == 1


def test_a_slow_machine_has_more(timer):
    watchdog.follow(4.0)
    assert grace(timer) == 4


def test_a_process_that_waits_for_a_processor_has_more(timer, scheduled):
    scheduled.write_text("1000000 6000000 12\n")
    assert grace(timer) == 7
    # Of late it ran as long as it waited, and in all it waited for longer.
    scheduled.write_text("3000000 8000000 14\n")
    assert grace(timer) == pytest.approx(1 + 8 / 3, abs=0.001)
    scheduled.write_text("3500000 11000000 14\n")
    assert grace(timer) == 7


def test_there_is_a_most(timer, scheduled):
    scheduled.write_text("1 99999999999 1\n")
    watchdog.follow(50.0)
    assert grace(timer) == watchdog.MOST


@pytest.mark.parametrize("text", ["", "0 0 0\n", "no numbers\n", "1\n"])
def test_a_system_that_says_nothing_is_taken_as_idle(timer, scheduled, text):
    scheduled.write_text(text)
    assert grace(timer) == 1


def test_what_has_a_bound_of_its_own_is_not_watched(timer):
    with watchdog.watching():
        watchdog.feed(SECONDS)
        with held():
            assert timer == [SECONDS + watchdog.GRACE, None]
        assert timer == [SECONDS + watchdog.GRACE, None, SECONDS + watchdog.GRACE]
    assert timer[-1] is None
    with held():
        assert timer[3:] == [None]


def test_what_nothing_here_can_stop_is_not_ended_by_an_earlier_bound(timer, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(watchdog.time, "monotonic", lambda: now[0])
    with watchdog.watching():
        watchdog.feed(SECONDS)
        now[0] += watchdog.GRACE
        watchdog.feed(None)
        assert timer == [SECONDS + watchdog.GRACE, None]
    assert timer == [SECONDS + watchdog.GRACE, None]


def test_the_timer_stays_for_what_follows_at_once(timer):
    with watchdog.watching(stay=True):
        watchdog.feed(SECONDS)
    with watchdog.watching():
        watchdog.feed(SECONDS)
        assert timer == [SECONDS + watchdog.GRACE]
    assert timer == [SECONDS + watchdog.GRACE, None]


def test_after_what_failed_it_does_not_stay(timer):
    def fail():
        with watchdog.watching(stay=True):
            watchdog.feed(SECONDS)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert timer == [SECONDS + watchdog.GRACE, None]


def test_where_no_open_file_can_be_dated_it_is_dated_by_its_name(monkeypatch, tmp_path):
    report = tmp_path / "report"
    dated = []
    # As on Windows, where anything but a path is a TypeError.
    monkeypatch.setattr(os, "supports_fd", frozenset())
    monkeypatch.setattr(os, "utime", lambda path: dated.append(os.fspath(path)))
    monkeypatch.setattr(watchdog, "_clock", watchdog._Clock())
    monkeypatch.setattr(faulthandler, "enable", lambda _file: None)
    watchdog.report_to(report)
    with watchdog.watching():
        watchdog.feed(None)
    assert dated == [str(report)]

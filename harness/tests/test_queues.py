"""A send where there is no room: asked again where a probe found some after all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sockspec import backends
from sockspec.api import Socket
from sockspec.run import queues


@pytest.mark.parametrize(
    ("answers", "how", "filled"),
    [
        (["EAGAIN"], "EAGAIN", 1),
        (["ok", "ok", "EAGAIN"], "EAGAIN", 3),
        (["ok"] * 5, "ok", 5),
        (["zero"], "zero", 1),
    ],
)
def test_a_send_is_asked_again_while_it_is_taken(monkeypatch, answers, how, filled):
    fills = []
    monkeypatch.setattr(queues, "fill", lambda *_, **__: fills.append(1))
    told = iter(answers)
    sent = queues.when_full(None, lambda: next(told), taken="ok", travels=True)
    assert sent == how
    assert len(fills) == filled


def test_a_socket_without_room_takes_nothing():
    backend = backends.load("stdlib")
    ours, theirs = Socket.pair("AF_UNIX", "SOCK_STREAM", backend=backend)
    taken = queues.fill(theirs, travels=False)
    assert taken > 0
    assert not theirs.poll("POLLOUT", 0)
    ours.close()
    theirs.close()


def test_a_queue_is_waited_for_until_it_was_sent_again(monkeypatch):
    # The system does not tell what was never sent, and the receiver dropped a segment: it
    # is taken 0.4 s after the last one was.
    now = [0.0]
    queue = {"SIOCOUTQ": lambda: b"2" if now[0] < 0.4 else b"1", "SIOCOUTQNSD": lambda: None}
    monkeypatch.setattr(queues, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(queues, "_queue", lambda _sock, name: queue[name]())

    def poll(_events, seconds):
        now[0] += seconds

    rooms = iter([7, 1, 0])
    monkeypatch.setattr(queues, "_send_all", lambda _sock: next(rooms))
    sock = SimpleNamespace(poll=poll, set_nonblocking=lambda _on: None)
    assert queues.fill(sock, travels=True) == 8
    assert now[0] > 0.8
    assert now[0] < 4.0

"""Finding backends, refusing broken ones by name, and telling their authors what is wrong."""

from __future__ import annotations

import json
import os
import socket
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest
import warm

from sockspec import backends
from sockspec.address import Inet, Raw
from sockspec.backend import API, Backend
from sockspec.backends import smoke
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError, Unsupported, UsageError
from sockspec.run.features import probe
from sockspec.spec import load


class ClosesNothing(Stdlib):
    name = "closes-nothing"
    left: ClassVar[list] = []

    def close(self, sock):
        self.left.append(sock)


class AnswersText(Stdlib):
    name = "answers-text"

    def recv(self, sock, size, flags=0):
        return super().recv(sock, size, flags).decode()


class RaisesItsOwn(Stdlib):
    name = "raises-its-own"

    def accept(self, sock):
        raise RuntimeError("not today")


class HangsOnPoll(Stdlib):
    name = "hangs-on-poll"

    def poll(self, wanted, timeout):
        import threading

        threading.Event().wait()


class LacksMessages(Stdlib):
    name = "lacks-messages"

    def sendmsg(self, sock, parts, control=(), flags=0, address=None):
        raise Unsupported("sendmsg", "it has none")


class OfAnotherTime(Stdlib):
    name = "of-another-time"
    api = API + 1


def not_a_backend():
    return object()


def explodes():
    raise ImportError("libfoo.so.9: cannot open shared object file")


def offered(monkeypatch, **values):
    entries = [
        EntryPoint(name.rstrip("_"), f"{__name__}:{value}", backends.GROUP)
        for name, value in values.items()
    ]

    def find(group, **match):
        return [e for e in entries if all(getattr(e, k) == v for k, v in match.items())]

    monkeypatch.setattr(backends, "entry_points", find)
    monkeypatch.setattr(EntryPoint, "load", lambda self: globals()[self.attr])


def test_a_broken_backend_is_named_in_one_line_and_the_others_work(monkeypatch):
    offered(
        monkeypatch,
        good="Stdlib",
        good_="AnswersText",
        exploding="explodes",
        object="not_a_backend",
        old="OfAnotherTime",
    )
    found = {(each.name, each.backend is not None): each for each in backends.discover()}
    assert found["good", True].backend.name in {"stdlib", "answers-text"}
    assert "is taken by" in found["good", False].reason
    assert found["exploding", False].reason == (
        "ImportError: libfoo.so.9: cannot open shared object file"
    )
    assert "is not a sockspec.backend.Backend" in found["object", False].reason
    assert (
        found["old", False].reason == f"speaks contract {API + 1}, this sockspec speaks {API}"
    )
    assert all("\n" not in each.reason for each in found.values())


def test_forcing_an_absent_or_broken_backend_fails_loudly(monkeypatch):
    offered(monkeypatch, good="Stdlib", exploding="explodes")
    assert backends.load("good").name == "stdlib"
    with pytest.raises(
        UsageError,
        match="the backend 'rust' is not installed\\n  remedy: pip install sockspec-rust",
    ):
        backends.load("rust")
    with pytest.raises(UsageError, match=r"cannot be used: ImportError: libfoo"):
        backends.load("exploding")


def test_a_class_path_names_a_backend():
    assert backends.load("sockspec.backends.stdlib:Stdlib").name == "stdlib"
    with pytest.raises(UsageError, match="MODULE:CALLABLE"):
        backends.load("sockspec.backends.stdlib:Nothing")


@pytest.mark.parametrize("name", [each.name for each in backends.discover() if each.backend])
def test_the_installed_backends_keep_the_contract(name):
    found = smoke.smoke(backends.load(name))
    assert not found.wrong
    assert len(found.passed) == len(smoke.CHECKS)


@pytest.mark.parametrize(
    ("backend", "check", "words"),
    [
        (ClosesNothing, "close() ends a handle", "a closed handle still answers"),
        (AnswersText, "a stream carries bytes", "recv() returned 'hello', a str, not bytes"),
        (RaisesItsOwn, "an error is a SocketError", "accept raised RuntimeError: not today"),
        (OfAnotherTime, "it has a name", f"api is {API + 1}"),
    ],
)
def test_smoke_tells_the_author_what_is_wrong(monkeypatch, backend, check, words):
    monkeypatch.setattr(smoke, "_DEADLINE", 0.5)
    found = smoke.smoke(backend())
    while ClosesNothing.left:
        ClosesNothing.left.pop().close()
    (complaint,) = [what for name, what in found.wrong.items() if name.startswith(check)]
    assert words in complaint
    assert found.exit_code == 3


class EndsInAZero(Stdlib):
    name = "ends-in-a-zero"

    def recv(self, sock, size, flags=0):
        return super().recv(sock, size, flags) or b"\0"


class RefusesMessages(Stdlib):
    name = "refuses-messages"

    def sendmsg(self, sock, parts, control=(), flags=0, address=None):
        raise SocketError("ENOSYS", 38, "sendmsg")


class NamesByWinsock(Stdlib):
    name = "names-by-winsock"

    def recv(self, sock, size, flags=0):
        try:
            return super().recv(sock, size, flags)
        except SocketError as error:
            raise SocketError("WSAEWOULDBLOCK", 10035, error.call) from None


@pytest.mark.parametrize(
    ("backend", "check", "words"),
    [
        (HangsOnPoll, "poll() tells readiness", "poll did not return within 0.5 s"),
        (EndsInAZero, "a stream carries bytes", "at the end of the stream returned b'\\x00'"),
        (RefusesMessages, "messages fill", "sendmsg answered ENOSYS on the way there"),
    ],
)
def test_smoke_tells_what_the_implementation_does_from_what_breaks_the_contract(
    monkeypatch, backend, check, words
):
    monkeypatch.setattr(smoke, "_DEADLINE", 0.5)
    found = smoke.smoke(backend())
    (met,) = [what for name, what in found.differs.items() if name.startswith(check)]
    assert words in met
    assert not found.wrong
    assert found.exit_code == 0
    assert any("`sockspec run` says" in line for line in found.lines())


def test_an_error_with_a_name_of_one_platform_breaks_the_contract():
    (complaint,) = smoke.smoke(NamesByWinsock()).wrong.values()
    assert complaint == "WSAEWOULDBLOCK is called EAGAIN, on every platform"


HERE = Path(__file__).parent


def smoked(name, *words):
    path = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), str(HERE))))
    return warm.sockspec("smoke", name, *words, env=os.environ | {"PYTHONPATH": path})


def test_smoke_survives_what_ends_its_process_and_names_it():
    ran = smoked("backends_that_stop:CrashesAtOnce", "--format", "json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["wrong"]) == (0, {})
    assert set(told["differs"].values()) == {"accept ended its process: crash:SIGSEGV"}
    assert len(told["differs"]) == 7
    assert len(told["differs"]) + len(told["passed"]) == len(smoke.CHECKS)


def test_smoke_ends_what_stops_its_process_and_says_what_the_contract_asks_for():
    ran = smoked("backends_that_stop:KeepsTheLock")
    assert ran.returncode == 3
    assert "WRONG   start() begins a call that blocks: recv stopped its whole pro" in ran.stdout
    assert ran.stdout.count("\nok ") == len(smoke.CHECKS) - 2


def test_smoke_of_what_cannot_be_loaded_is_one_message():
    ran = smoked("backends_that_stop:EndsItsProcess")
    assert ran.returncode == 3
    assert "its process ended while it was loaded: exit:7" in ran.stderr
    assert smoked("nobody").returncode == 2
    assert ran.stderr.count("\n") == 1


def test_smoke_does_not_blame_what_is_declared_absent():
    found = smoke.smoke(LacksMessages())
    assert not found.wrong
    assert list(found.lacks) == ["messages fill buffers in order"]


def test_the_contract_alone_lacks_everything():
    class Empty(Backend):
        name = "empty"
        version = "0"

        def constant(self, symbol):
            return Stdlib().constant(symbol)

    found = smoke.smoke(Empty())
    assert not found.wrong
    assert len(found.lacks) >= 10


# -- the standard library as a backend ---------------------------------------------


def test_the_stdlib_backend_tells_errors_by_symbol_number_and_call():
    backend = Stdlib()
    sock = backend.new(backend.constant("AF_INET"), backend.constant("SOCK_STREAM"))
    with pytest.raises(SocketError) as caught:
        backend.accept(sock)
    assert (caught.value.symbol, caught.value.call) == ("EINVAL", "accept")
    assert caught.value.number > 0
    backend.close(sock)
    with pytest.raises(SocketError, match="EBADF"):
        backend.bind(sock, Inet("127.0.0.1", 0))


def test_an_address_of_a_family_that_the_module_does_not_know_is_kept_as_bytes():
    class Sock:
        family = socket.AF_INET6

        def recvfrom_into(self, _buffer, _size, _flags):
            return 0, (99, bytes(14))

    told = (
        (99).to_bytes(2, sys.byteorder)
        if sys.platform in {"linux", "win32"}
        else bytes([16, 99])
    )
    assert Stdlib().recvfrom(Sock(), 1) == (b"", Raw(told + bytes(14)))


def test_the_modules_own_refusals_are_told_apart_from_the_systems():
    from sockspec.address import Inet6, Unix

    backend = Stdlib()
    sock = backend.new(backend.constant("AF_INET"), backend.constant("SOCK_STREAM"))
    with pytest.raises(SocketError) as caught:
        backend.bind(sock, Inet6("::1", 0))
    assert caught.value.symbol == "EAI_ADDRFAMILY"
    with pytest.raises(SocketError) as caught:
        backend.bind(sock, Unix(b"/x"))
    assert (caught.value.symbol, caught.value.number) == ("EPYTHON", 0)
    backend.close(sock)


def test_where_a_close_never_resets_no_rule_about_resets_is_asked():
    class Orderly(Stdlib):
        """As stacks that end in order whatever SO_LINGER says."""

        def setsockopt(self, sock, level, name, value):
            if name != socket.SO_LINGER:
                super().setsockopt(sock, level, name, value)

    class Quiet(Stdlib):
        """As Wine, which receives the end of a connection that was reset."""

        def recv(self, sock, length, flags):
            try:
                return super().recv(sock, length, flags)
            except SocketError as error:
                if error.symbol != "ECONNRESET":
                    raise
                return b""

    assert "reset" in probe(Stdlib(), privileged=False).present
    assert "reset" in probe(Quiet(), privileged=False).present
    assert "ends a connection in order" in probe(Orderly(), privileged=False).missing["reset"]
    told = load.rules().rules["options.error.reported"]
    assert "reset" in {need for case in told.cases for need in case.needs}

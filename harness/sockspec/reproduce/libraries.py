"""What a Python script has of its own for the library that it accuses.

Each part imports the library, makes its sockets with `make` and `make_pair`, begins a call with
`begin`, and names with `own` what the library refuses without asking the system.
"""

from __future__ import annotations

__all__ = ["LIBRARIES"]

_THREADS = '''\


class Running(threading.Thread):
    """A call in a thread of its own."""

    def __init__(self, call, arguments):
        super().__init__(daemon=True)
        self.call, self.arguments = call, arguments
        self.start()

    def run(self):
        self.outcome = outcome(self.call, self.arguments)

    def wait(self, seconds):
        self.join(seconds)
        return not self.is_alive()


begin = Running
'''

_NO_THREADS = '''\

import contextlib


def begin(call, arguments):
    return Running(call, arguments)


def poll(wanted, timeout):
    """The system's poll; the loop of the library turns meanwhile."""
    until = time.monotonic() + timeout
    while not any(ready := poll_once(wanted, 0)) and time.monotonic() < until:
        turn(0.001)
    return ready
'''

_STDLIB = (
    """
import fcntl

make, make_pair = socket.socket, socket.socketpair


def own(error):
    return "EPYTHON"  # Python's own refusal: no system was asked


def poll(wanted, timeout):
    return poll_once(wanted, timeout)
"""
    + _THREADS
)

_GEVENT = (
    '''
import fcntl

import gevent
import gevent.socket
from gevent.exceptions import ConcurrentObjectUseError

make, make_pair = gevent.socket.socket, gevent.socket.socketpair
turn = gevent.sleep


def own(error):
    return "EGEVENT" if isinstance(error, ConcurrentObjectUseError) else "EPYTHON"


class Running:
    """A call in a greenlet."""

    def __init__(self, call, arguments):
        self.greenlet = gevent.spawn(outcome, call, arguments)
        gevent.sleep(0)

    def wait(self, seconds):
        self.greenlet.join(seconds)
        return self.greenlet.ready()

    @property
    def outcome(self):
        return self.greenlet.value
'''
    + _NO_THREADS
)

_EVENTLET = (
    '''
import fcntl
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet
    import eventlet.green.socket

make, make_pair = eventlet.green.socket.socket, eventlet.green.socket.socketpair
turn = eventlet.sleep


def own(error):
    if "address" in str(error) or "not 'tuple'" in str(error):
        return "EPYTHON"
    refused = isinstance(error, (EOFError, RuntimeError, TypeError))
    return "EEVENTLET" if refused else "EPYTHON"


class Running:
    """A call in a green thread."""

    def __init__(self, call, arguments):
        self.outcome = None
        self.green = eventlet.spawn(self.run, call, arguments)
        eventlet.sleep(0)

    def run(self, call, arguments):
        self.outcome = outcome(call, arguments)

    def wait(self, seconds):
        until = time.monotonic() + seconds
        eventlet.sleep(0)
        while not self.green.dead and time.monotonic() < until:
            eventlet.sleep(0.001)
        return self.green.dead
'''
    + _NO_THREADS
)

_TRIO = (
    '''
import fcntl
import functools
import inspect
import queue

import trio

OWN = (trio.BusyResourceError, trio.ClosedResourceError, IndexError, AssertionError)


def own(error):
    return "ETRIO" if isinstance(error, OWN) else "EPYTHON"


async def forever(ready):
    ready.put(trio.lowlevel.current_trio_token())
    await trio.sleep_forever()


started = queue.SimpleQueue()
threading.Thread(target=trio.run, args=(forever, started), daemon=True).start()
loop = started.get(timeout=10)


def in_loop(method, *arguments, **named):
    """What a method returns or raises, awaited in the loop if it is to be awaited."""
    done = queue.SimpleQueue()

    async def run():
        try:
            answer = method(*arguments, **named)
            done.put((await answer if inspect.isawaitable(answer) else answer, None))
        except Exception as error:
            done.put((None, error))

    loop.run_sync_soon(lambda: trio.lowlevel.spawn_system_task(run))
    value, error = done.get()
    if error is not None:
        raise error
    return value


class TrioSocket:
    """A socket of trio whose methods are called from outside its loop."""

    def __init__(self, inner):
        self.inner, self.family, self.fileno = inner, inner.family, inner.fileno

    def __getattr__(self, name):
        method = functools.partial(in_loop, getattr(self.inner, name))
        method.__name__ = name
        method.__self__ = self
        return method

    def dup(self):
        return TrioSocket(in_loop(self.inner.dup))

    def accept(self):
        accepted, address = in_loop(self.inner.accept)
        return TrioSocket(accepted), address


def make(*arguments, **named):
    return TrioSocket(in_loop(trio.socket.socket, *arguments, **named))


def make_pair(*arguments):
    return tuple(map(TrioSocket, in_loop(trio.socket.socketpair, *arguments)))


def poll(wanted, timeout):
    return poll_once(wanted, timeout)
'''
    + _THREADS
)

_UVLOOP = (
    '''
import asyncio
import fcntl

import uvloop

OWN = ("host must be", "Invalid file descriptor")
loop = uvloop.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


def own(error):
    return "EUVLOOP" if any(each in str(error) for each in OWN) else "EPYTHON"


def in_loop(call):
    return asyncio.run_coroutine_threadsafe(call, loop).result()


class LoopSocket:
    """A socket of Python's whose calls that wait are those of the loop."""

    def __init__(self, inner):
        inner.setblocking(False)
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def dup(self):
        return LoopSocket(self.inner.dup())

    def accept(self):
        accepted, address = in_loop(loop.sock_accept(self.inner))
        return LoopSocket(accepted), address

    def connect(self, address):
        in_loop(loop.sock_connect(self.inner, address))

    def recv_into(self, buffer, size, flags):
        return in_loop(loop.sock_recv_into(self.inner, buffer))

    def send(self, data, flags=0):
        in_loop(loop.sock_sendall(self.inner, data))
        return len(data)


def make(*arguments, **named):
    return LoopSocket(socket.socket(*arguments, **named))


def make_pair(*arguments):
    return tuple(map(LoopSocket, socket.socketpair(*arguments)))


def poll(wanted, timeout):
    return poll_once(wanted, timeout)
'''
    + _THREADS
)


def _with_protocol(type: str, usual: str, number: int) -> str:
    return _STDLIB.replace(
        "make, make_pair = socket.socket, socket.socketpair",
        f"""
def make(family=-1, type=-1, protocol=-1, fileno=None):
    internet = family in (socket.AF_INET, socket.AF_INET6)
    if internet and type == socket.{type} and protocol in (-1, 0, socket.{usual}):
        protocol = {number}
    return socket.socket(family, type, protocol, fileno)


make_pair = socket.socketpair""",
    )


LIBRARIES = {
    "stdlib": _STDLIB,
    "gevent": _GEVENT,
    "eventlet": _EVENTLET,
    "trio": _TRIO,
    "uvloop": _UVLOOP,
    "mptcp": _with_protocol("SOCK_STREAM", "IPPROTO_TCP", 262),
    "sctp": _with_protocol("SOCK_STREAM", "IPPROTO_TCP", 132),
    "udplite": _with_protocol("SOCK_DGRAM", "IPPROTO_UDP", 136),
}
"""By the name of the backend."""

"""A gevent receive with MSG_WAITALL returns what is queued, where the standard library waits.

python THIS_FILE: 1 while that is so, 0 when it is gone, 2 when it could not be tried.
"""

import socket
import sys
import threading

try:
    import gevent
    import gevent.socket
except ImportError as error:
    print(error)
    sys.exit(2)


def received(sockets, later):
    """What a receive of six bytes returns, three of which come only while it waits."""
    near, far = sockets.socketpair()
    far.sendall(b"abc")
    later(0.2, far.sendall, b"def")
    return near.recv(6, socket.MSG_WAITALL)


def in_a_thread(seconds, call, *arguments):
    threading.Timer(seconds, call, arguments).start()


plain = received(socket, in_a_thread)
green = received(gevent.socket, gevent.spawn_later)
print("socket.socket:", plain)
print("gevent:       ", green)
sys.exit(green != plain)

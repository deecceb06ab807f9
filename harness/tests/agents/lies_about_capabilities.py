"""An agent that lists sendmsg in its hello and does not have it."""

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import Unsupported


class Lies(Stdlib):
    def sendmsg(self, sock, parts, control=(), flags=0, address=None):
        raise Unsupported("sendmsg", "not in this version")


serve(Lies())

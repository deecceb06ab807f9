"""An agent that does not say whether it is privileged; `refused` as its word: it is not."""

import errno
import sys

from sockspec import platform
from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError


class Silent(Stdlib):
    def facts(self):
        return {**platform.facts(), "privileged": None}


class Refused(Silent):
    def setsockopt(self, sock, level, name, value):
        if name == self.constant("SO_PRIORITY"):
            raise SocketError("EPERM", errno.EPERM, "setsockopt")
        super().setsockopt(sock, level, name, value)


serve(Refused() if "refused" in sys.argv else Silent())

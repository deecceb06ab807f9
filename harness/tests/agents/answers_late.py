"""An agent whose getpeername answers after every deadline has passed."""

import time

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Late(Stdlib):
    def peer_addr(self, sock):
        answer = super().peer_addr(sock)
        time.sleep(3)
        return answer


serve(Late())

"""An agent whose implementation raises what is no answer of a system."""

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Raises(Stdlib):
    def dup(self, sock):
        raise RuntimeError("not today")


serve(Raises())

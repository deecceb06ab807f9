"""An agent that ends itself on dup."""

import os
import sys

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib


class Exits(Stdlib):
    def dup(self, sock):
        sys.stderr.write("assertion failed: dup is not ours\n")
        sys.stderr.flush()
        os._exit(3)


serve(Exits())

"""An agent that starts a process of its own, which would outlive it."""

import subprocess

from sockspec.agent.serve import serve
from sockspec.backends.stdlib import Stdlib

subprocess.Popen(["sleep", "600"])
serve(Stdlib())

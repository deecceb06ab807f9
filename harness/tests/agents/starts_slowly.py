"""An agent that takes longer to start than any call may, and crashes on accept."""

import time

from crashes_on_accept import Crashes

from sockspec.agent.serve import serve

time.sleep(1.5)
serve(Crashes())

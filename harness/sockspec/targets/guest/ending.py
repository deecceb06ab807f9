"""A program that ends as the agent in a guest ended, whatever the guest's own end looks like.

    python -m sockspec.targets.guest.ending COMMAND...

The command boots the guest, on our standard streams; `{told}` in it is replaced by the path
of a file to which the guest writes `!` and the wait status of its agent.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import NoReturn

__all__ = ["end_as", "main"]


def end_as(status: int) -> NoReturn:
    """End with the exit code, or by the signal, of a wait status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(os.WEXITSTATUS(status))


def main() -> None:
    """The command."""
    told, tell = os.pipe()
    words = [word.replace("{told}", f"/dev/fd/{tell}") for word in sys.argv[1:]]
    with subprocess.Popen(words, pass_fds=(tell,)) as process:
        os.close(tell)
        code = process.wait()
    with open(told, "rb") as lines:  # noqa: PTH123 - a descriptor, not a path
        found = [line for line in lines.read().split() if line.startswith(b"!")]
    if found:
        end_as(int(found[0][1:]))
    sys.exit(code if code > 0 else 1)


if __name__ == "__main__":
    main()

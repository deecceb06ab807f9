"""A program that ends as the agent in a guest ended, whatever the guest's own end looks like.

    python -m sockspec.targets.guest.ending COMMAND...

The command boots the guest, on our standard streams; `{told}` in it is replaced by the path
of a file to which the guest writes `!` and the wait status of its agent, and `{net}`, `{v4}`
and `{v6}` by what the environment says of the guest's end of a link, the first for QEMU.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import NoReturn

from sockspec.network.tap import DEVICE, V4, V6

__all__ = ["end_as", "main"]

_LINK = {"tap": DEVICE, "v4": V4, "v6": V6}


def end_as(status: int) -> NoReturn:
    """End with the exit code, or by the signal, of a wait status."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    sys.exit(os.WEXITSTATUS(status))


def _filled(word: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        word = word.replace(f"{{{name}}}", value)
    return word


def main() -> None:
    """The command."""
    told, tell = os.pipe()
    given = {name: os.environ.get(variable, "") for name, variable in _LINK.items()}
    given["told"] = f"/dev/fd/{tell}"
    joined = f"tap,ifname={given['tap']},script=no,downscript=no"
    given["net"] = joined if given["tap"] else "hubport,hubid=0"  # which leads nowhere
    words = [_filled(word, given) for word in sys.argv[1:]]
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

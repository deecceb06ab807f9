"""Pages as a reader uses them: the commands in their console blocks, run in order.

A page is one session of a shell in an empty folder. What it shows after a command must be what
the command prints, `...` standing for anything. A block of code with a caption is a file that
the reader writes. Comments above a block say what cannot be seen:

    <!-- exits 1 -->            the last command of the block ends so; without it, with 0
    <!-- not run: WHY -->       the block is left out, for that reason
    <!-- file: NAME -->         the folder has this file of docs/examples already
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

DEADLINE = 240  # seconds for a whole page
_MARK = "\x1e"
_COMMENT = re.compile(r"<!--\s*(exits|not run:|file:)\s*(.*?)\s*-->", re.DOTALL)
_OPTION = re.compile(r":(\w+):\s*(.*)")


@dataclass
class Command:
    """A command, what the page shows after it, and how it ends."""

    line: int
    text: str
    shown: str = ""
    exits: int = 0


@dataclass
class Page:
    """What a page asks its reader to write and to run, in order."""

    path: Path
    steps: list[Command | tuple[str, str]] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def commands(self) -> list[Command]:
        return [each for each in self.steps if isinstance(each, Command)]


def read(path: Path, examples: Path | None = None) -> Page:
    """The steps of a page; what keeps a block from being run stands in `wrong`."""
    page = Page(path)
    tokens = MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8"))
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = (token.map or [0])[0] + 1
        if token.type == "html_block":
            page.steps.extend(_files(token, examples))
        elif token.type == "fence" and token.info.strip() == "console":
            _console(page, token.content, line, _said(before))
        elif token.type == "fence" and (file := _written(token, path.parent)):
            page.steps.append(file)
        elif token.type in {"fence", "code_block"} and re.search(
            r"^(\$ |sockspec |make |pip )", token.content, re.MULTILINE
        ):
            page.wrong.append(f"{path.name}:{line}: commands stand in a console block")
    return page


def _said(before: Token | None) -> dict[str, str]:
    if before is None or before.type != "html_block":
        return {}
    return {name.rstrip(":"): said for name, said in _COMMENT.findall(before.content)}


def _files(token: Token, examples: Path | None) -> Iterator[tuple[str, str]]:
    for kind, name in _COMMENT.findall(token.content):
        if kind == "file:" and examples:
            yield name, (examples / name).read_text(encoding="utf-8")


def _written(token: Token, folder: Path) -> tuple[str, str] | None:
    words = token.info.split()
    lines = token.content.splitlines(keepends=True)
    options = {}
    while lines and (option := _OPTION.match(lines[0])):
        options[option[1]] = option[2].strip()
        lines.pop(0)
    if "caption" not in options:
        return None
    if words[0] == "{literalinclude}":
        return options["caption"], (folder / words[1]).read_text(encoding="utf-8")
    return options["caption"], "".join(lines).removeprefix("\n")


def _console(page: Page, content: str, line: int, said: dict[str, str]) -> None:
    if "not run" in said:
        page.left_out.append((line, said["not run"]))
        return
    commands: list[Command] = []
    continued = False
    for number, text in enumerate(content.splitlines(), line + 1):
        if continued:
            commands[-1].text += f"\n{text}"
        elif text.startswith("$ "):
            commands.append(Command(number, text[2:]))
        elif commands:
            commands[-1].shown += f"{text}\n"
        else:
            page.wrong.append(f"{page.path.name}:{number}: a block begins with a command")
            return
        continued = (continued or text.startswith("$ ")) and text.endswith("\\")
    if "exits" in said:
        commands[-1].exits = int(said["exits"])
    page.steps.extend(commands)


# -- running -----------------------------------------------------------------------------


def run(page: Page, folder: Path) -> list[str]:
    """Do what the page says in a folder; what came otherwise, with the page's line."""
    (folder / ".session.sh").write_text("\n".join(_script(page)) + "\n", encoding="utf-8")
    told = _shell(folder)
    ended = dict(re.findall(rf"{_MARK}(\d+) (\d+){_MARK}\n", told))
    printed = re.split(rf"{_MARK}\d+ \d+{_MARK}\n", told)
    wrong = []
    for at, command in enumerate(page.commands):
        place = f"{page.path.name}:{command.line}: {command.text}"
        if str(at) not in ended:
            return [*wrong, f"{place}: did not end:\n{printed[-1][-2000:]}"]
        if int(ended[str(at)]) != command.exits:
            wrong.append(f"{place}: exit {ended[str(at)]}, not {command.exits}:\n{printed[at]}")
        elif command.shown and not _alike(command.shown, printed[at]):
            wrong.append(f"{place}: shows\n{command.shown}\nbut prints\n{printed[at]}")
    return wrong


def _script(page: Page) -> Iterator[str]:
    yield "exec 2>&1 </dev/null"
    at = 0
    for step in page.steps:
        if isinstance(step, Command):
            yield step.text
            yield f"printf '{_MARK}%d %d{_MARK}\\n' {at} $?"
            at += 1
        else:
            name, text = step
            yield f'mkdir -p "$(dirname {shlex.quote(name)})"'
            yield f"printf %s {shlex.quote(text)} > {shlex.quote(name)}"


def _shell(folder: Path) -> str:
    ours = ("SOCKSPEC_", "PYTEST_", "COVERAGE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environment |= {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc", ".session.sh"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        return shell.communicate(timeout=DEADLINE)[0]
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        return shell.communicate()[0]


def _alike(shown: str, printed: str) -> bool:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown, printed, flags)

"""Write constants.c and errors_posix.c from their lists: one `#ifdef` for every symbol.

The C preprocessor cannot ask whether each name of a list is defined, so the
tables are spelled out. A constant that the headers lack stays in the table, marked
absent: that a system does not have it is a fact worth reporting.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["constants", "errors", "names"]

_HERE = Path(__file__).parent

_CONSTANTS = (
    """\
// Written by constants.py from constants.txt; change the list, not this file.
#include "constants.h"

const core_constant core_constants[] = {
""",
    """\
#ifdef {name}
    {{"{name}", (long long){name}, 1}},
#else
    {{"{name}", 0, 0}},
#endif
""",
    """\
};

const size_t core_constants_count = sizeof core_constants / sizeof core_constants[0];
""",
)

_ERRORS = (
    """\
// Written by constants.py from errors.txt; change the list, not this file.
#include "core.h"

static const struct {
    int number;
    const char *symbol;
} errors[] = {
""",
    """\
#ifdef {name}
    {{{name}, "{symbol}"}},
#endif
""",
    """\
};

const char *
core_error_symbol(int number)
{
    for (size_t index = 0; index < sizeof errors / sizeof errors[0]; index++) {
        if (errors[index].number == number) {
            return errors[index].symbol;
        }
    }
    return NULL;
}
""",
)


def names(file: str) -> list[str]:
    """The entries of a list, in its order."""
    text = (_HERE / file).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return [name for line in lines for name in line.split()]


def constants() -> str:
    """The text of constants.c."""
    head, entry, tail = _CONSTANTS
    return head + "".join(entry.format(name=name) for name in names("constants.txt")) + tail


def errors() -> str:
    """The text of errors_posix.c."""
    head, entry, tail = _ERRORS
    entries = []
    for each in names("errors.txt"):
        name, _, symbol = each.partition("=")
        entries.append(entry.format(name=name, symbol=symbol or name))
    return head + "".join(entries) + tail


if __name__ == "__main__":
    for file, text in (("constants.c", constants()), ("errors_posix.c", errors())):
        (_HERE / file).write_text(text, encoding="utf-8", newline="\n")

"""Every answer as a SQLite database: the document as tables."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockspec.site.data import Document

__all__ = ["APPLICATION", "SCHEMA", "database"]

APPLICATION = int.from_bytes(b"sock")
"""What the file's header says that made it (https://www.sqlite.org/fileformat2.html)."""

_TABLES = """\
CREATE TABLE about (suite TEXT, date TEXT);
CREATE TABLE platforms (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, title TEXT, kind TEXT, profile TEXT,
    system TEXT, through TEXT, backend TEXT, version TEXT, date TEXT, run INTEGER, facts TEXT
);
CREATE TABLE rules (id TEXT PRIMARY KEY, sentence TEXT, level TEXT, area TEXT);
CREATE TABLE sources (
    rule TEXT REFERENCES rules, publication TEXT, clause TEXT, link TEXT, quote TEXT
);
CREATE TABLE topics (rule TEXT REFERENCES rules, topic TEXT);
CREATE TABLE cases (id TEXT PRIMARY KEY, rule TEXT REFERENCES rules);
CREATE TABLE entries (origin TEXT PRIMARY KEY, why TEXT, kind TEXT, "on" TEXT, date TEXT);
CREATE TABLE given (
    id INTEGER PRIMARY KEY, "case" TEXT REFERENCES cases, behaviour TEXT, verdict TEXT,
    entry TEXT REFERENCES entries, because TEXT
);
CREATE TABLE gave (
    given INTEGER REFERENCES given, platform INTEGER, PRIMARY KEY (given, platform)
) WITHOUT ROWID;
CREATE TABLE documented (
    "case" TEXT REFERENCES cases, platform TEXT REFERENCES platforms (name), behaviour TEXT,
    standing TEXT, entry TEXT REFERENCES entries
);
"""
_INDEXES = """\
CREATE INDEX given_by_case ON given ("case");
CREATE INDEX gave_by_platform ON gave (platform, given);
CREATE VIEW answers AS
    SELECT "case", platforms.name AS platform, behaviour, verdict, entry, because
    FROM platforms
    JOIN gave ON gave.platform = platforms.id JOIN given ON given.id = gave.given;
"""
"""`answers` has a row for each case and platform that answered it: most queries are about it.

It is a view, since most platforms give the same answers: so the file is a quarter as long.
"""

SCHEMA = _TABLES + _INDEXES
"""The tables, what makes them quick to search, and the view to ask."""


def database(made: Document) -> bytes:
    """The document as a SQLite file."""
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(f"PRAGMA application_id = {APPLICATION}")
        base.execute(f"PRAGMA user_version = {made.format}")
        base.executescript(_TABLES)
        _fill(base, made)
        base.executescript(_INDEXES)  # once all is there: that takes half the time
        # Without figures of its tables SQLite joins the view with itself the long way round.
        base.execute("ANALYZE")
        base.commit()
        return base.serialize()


def _fill(base: sqlite3.Connection, made: Document) -> None:
    names = [each.name for each in made.platforms]
    base.execute("INSERT INTO about VALUES (?, ?)", (made.suite, made.date))
    base.executemany(
        "INSERT INTO platforms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                *(at, each.name, each.title, each.kind, each.profile, each.system),
                *(
                    each.through,
                    each.backend,
                    each.version,
                    each.date,
                    each.run,
                    json.dumps(each.facts),
                ),
            )
            for at, each in enumerate(made.platforms)
        ),
    )
    base.executemany(
        "INSERT INTO rules VALUES (?, ?, ?, ?)",
        ((each.id, each.sentence, each.level, each.area) for each in made.rules),
    )
    base.executemany(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?)",
        (
            (each.id, source.publication, source.clause, source.link, source.quote)
            for each in made.rules
            for source in each.sources
        ),
    )
    base.executemany(
        "INSERT INTO topics VALUES (?, ?)",
        ((each.id, topic) for each in made.rules for topic in each.topics),
    )
    base.executemany(
        "INSERT INTO cases VALUES (?, ?)",
        ((case.id, each.id) for each in made.rules for case in each.cases),
    )
    base.executemany(
        "INSERT INTO entries VALUES (?, ?, ?, ?, ?)",
        (
            (origin, each.why, each.kind, each.on, each.date)
            for origin, each in made.entries.items()
        ),
    )
    given = [
        (case.id, each) for rule in made.rules for case in rule.cases for each in case.answers
    ]
    base.executemany(
        "INSERT INTO given VALUES (?, ?, ?, ?, ?, ?)",
        (
            (at, case, each.behaviour, each.verdict, each.entry, each.because)
            for at, (case, each) in enumerate(given)
        ),
    )
    base.executemany(
        "INSERT INTO gave VALUES (?, ?)",
        ((at, platform) for at, (_, each) in enumerate(given) for platform in each.platforms),
    )
    base.executemany(
        "INSERT INTO documented VALUES (?, ?, ?, ?, ?)",
        (
            (case.id, names[each.platform], each.behaviour, each.standing, each.entry)
            for rule in made.rules
            for case in rule.cases
            for each in case.documented
        ),
    )

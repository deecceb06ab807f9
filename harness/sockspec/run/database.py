"""Where examples are kept between runs, and shared between machines: Hypothesis's databases.

An exploring run (`sockspec run --examples M --database WHERE`) draws other examples each
time and keeps those that showed something unexpected; the next one tries them first.
With a seed Hypothesis uses no database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis.database

from sockspec.errors import UsageError

if TYPE_CHECKING:
    from hypothesis.database import ExampleDatabase

__all__ = ["open_database"]


def open_database(where: str) -> ExampleDatabase:
    """The database at a folder, or at a server: `redis://HOST:PORT`, as redis-py reads it.

    Raises `UsageError` when the redis package is not installed, or the server is not there.
    """
    if "://" not in where:
        return hypothesis.database.DirectoryBasedExampleDatabase(where)
    try:
        import redis  # noqa: PLC0415 - only those who share examples need it
        from hypothesis.extra.redis import RedisExampleDatabase  # noqa: PLC0415 - as above
    except ImportError as error:
        raise UsageError(
            "there is no redis package", remedy="pip install redis, or name a folder"
        ) from error
    try:
        server = redis.Redis.from_url(where, socket_timeout=5.0)
        server.ping()
    except (redis.RedisError, ValueError) as error:
        raise UsageError(f"the database {where}: {error}", remedy="start it") from error
    return RedisExampleDatabase(server, key_prefix=b"sockspec:")

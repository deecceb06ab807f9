"""Numbers in sentences."""

from __future__ import annotations

__all__ = ["number"]


def number(count: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"

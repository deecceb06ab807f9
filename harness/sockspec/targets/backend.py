"""Targets that are this machine itself, through a backend that is installed."""

from __future__ import annotations

from sockspec import backends
from sockspec.targets.target import Room, Target

__all__ = ["Installed"]


class Installed(Target, frozen=True, kw_only=True, tag="backend"):
    """The backend named in `serves`, in the suite's own processes."""

    serves: str

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        found = {each.name: each for each in backends.overview()}.get(self.serves)
        if found is None:
            return f"no backend is named {self.serves}"
        if found.backend is None:
            remedy = f": {found.remedy}" if found.remedy else ""
            return f"the backend {self.serves} cannot be used: {found.reason}{remedy}"
        return super().missing(context)

    def backend(self, room: Room) -> str:  # noqa: ARG002 - nothing is prepared
        """As `Target.backend`."""
        return self.serves

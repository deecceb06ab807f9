"""`python -m sockspec.agent`, and the stand-alone file: the Python agent."""

from __future__ import annotations

from sockspec.agent.serve import main

main()

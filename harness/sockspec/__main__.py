"""`python -m sockspec`."""

from __future__ import annotations

from sockspec.cli import main

main(prog_name="sockspec")

"""Targets: places where the specification can run, how each is prepared, and all at once.

A recipe, `platforms/targets/NAME.toml`, is one target; its `kind` names the file here that
knows how such a one is prepared and started.
"""

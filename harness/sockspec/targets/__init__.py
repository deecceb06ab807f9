"""Places to run: each prepares itself into a cache and says how the agent is started there.

What a target is stands in a recipe, `platforms/targets/NAME.toml`; `sockspec targets` lists
them, `sockspec matrix` runs them.
"""

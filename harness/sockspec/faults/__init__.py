"""Deliberately wrong implementations: what the specification has to notice.

Each is a right backend with one primitive changed, named in a table with what it does instead
and the rules that name the broken promise. `hunt` runs the specification on them.
"""

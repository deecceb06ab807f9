"""Agents: a backend served over a pipe, so that it can be in any language and anywhere.

`messages` defines the protocol, `serve` is the Python agent, `bundle` makes one file of
it that needs nothing but an interpreter. The client is `sockspec.backends.agent`.
"""

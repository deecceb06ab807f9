"""Agents: a backend served over a pipe, so that it can be in any language and anywhere.

`serve` is the Python agent, `bundle` makes one file of it that needs nothing but an
interpreter. The words they speak are `sockspec.protocol`; the client is
`sockspec.backends.agent`.
"""

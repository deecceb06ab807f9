"""The words on the wire between a client and an agent.

`calls` describes the primitives, `messages` what carries them (and with them the JSON
Schema), `wire` how values are written as JSON, `faces` how whole documented functions
cross.
"""

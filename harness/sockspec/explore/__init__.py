"""Exploring: programs of socket calls that nobody wrote, against a model of the whole life.

`steps` is a program, `world` makes its calls through a backend, `model` says for each what
may come back, `moves` draws programs, `run` looks for an answer that the model cannot
explain, `lockstep` for one in which two backends differ.
"""

"""The network between two ends: links that are made for a run, and what is sent over them."""

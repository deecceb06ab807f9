"""One case, one run: arranging sockets, observing what they do, driving pytest."""

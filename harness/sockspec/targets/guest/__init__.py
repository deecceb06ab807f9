"""Another kernel as a guest: its first process, and the program beside it on this machine."""

"""Rules and their tests."""

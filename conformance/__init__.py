"""The specification: rules and the tests that exercise them."""

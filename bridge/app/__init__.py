"""The composition root: builds the daemon from its parts, and runs it."""

"""The composition root: what the daemon is made of, how it runs, and what it does for itself."""

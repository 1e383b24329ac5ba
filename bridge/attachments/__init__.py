"""What people send and what answers show beside text, and the safe way to fetch either."""

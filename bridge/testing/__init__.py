"""The contract of adapters as tests: whoever writes an adapter runs them on theirs; see docs/adapters.md."""

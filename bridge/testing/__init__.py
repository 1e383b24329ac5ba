"""The contract of adapters as a suite of tests, to be run on any adapter; see docs/adapters.md."""

"""The command `coze-bridge`: a file per group of commands."""

from bridge.cli.root import cli, main

__all__ = ["cli", "main"]

"""`init`: from nothing to a running bot in three answers."""

from bridge.cli.init.command import init

__all__ = ["init"]

"""Coze, played by us."""

from simulators.coze.server import BOT, TOKEN, Coze

__all__ = ["BOT", "TOKEN", "Coze"]

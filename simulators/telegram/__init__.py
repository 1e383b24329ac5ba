"""Telegram, played by us."""

from simulators.telegram.server import TOKEN, Telegram

__all__ = ["TOKEN", "Telegram"]

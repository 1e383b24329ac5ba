"""The demo's page: people of both platforms, played by whoever opens it."""

from simulators.page.console import Console
from simulators.page.server import Page

__all__ = ["Console", "Page"]

"""The demo's page: people of both platforms, played by whoever opens it."""

from simulators.page.server import Console, Page

__all__ = ["Console", "Page"]

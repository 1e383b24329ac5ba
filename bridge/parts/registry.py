"""Finds adapters by entry point, so that a third party's is installed and not merged."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from pydantic import BaseModel

from bridge.sdk.errors import ConfigError
from bridge.sdk.installing import OffersInstall
from bridge.sdk.ports import Adapter, WebhookReceiver

GROUP = "bridge.adapters"


class Kinds(Mapping[str, type[BaseModel]]):
    """The installed kinds of adapters, each with the model of its options; a kind is imported when it is looked up."""

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=GROUP)}

    def __getitem__(self, kind: str) -> type[BaseModel]:
        return self.adapter(kind).Options

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._points))

    def __len__(self) -> int:
        return len(self._points)

    def adapter(self, kind: str) -> type[Adapter]:
        """The class of that kind; KeyError if none is installed, ConfigError if it cannot be loaded."""
        point = self._points[kind]
        try:
            loaded = point.load()
        except (ImportError, AttributeError) as failure:
            raise ConfigError(f"the adapter kind {kind!r} ({point.value}) cannot be loaded: {failure}") from failure
        found: type[Adapter] = loaded
        return found


def build(kinds: Kinds, name: str, kind: str, options: BaseModel) -> Adapter:
    """The adapter of that *kind* and *name*, ready to be opened."""
    return kinds.adapter(kind).from_options(name, options)


def addressed(adapter: Adapter, *, webhook_url: str | None, install_url: str | None) -> Adapter:
    """*adapter*, with the addresses at which its platform calls it, and people install its app."""
    if isinstance(adapter, WebhookReceiver) and webhook_url:
        adapter.set_webhook_url(webhook_url)
    if isinstance(adapter, OffersInstall) and install_url:
        adapter.set_install_url(install_url)
    return adapter

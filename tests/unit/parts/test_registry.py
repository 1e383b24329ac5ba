"""The only door to the platforms."""

from importlib.metadata import EntryPoint

import pytest

from adapters.console import ConsoleAdapter
from bridge.parts.registry import GROUP, Kinds, build
from bridge.sdk.errors import ConfigError
from bridge.sdk.ports import Adapter


class Elsewhere(Kinds):
    """Kinds that somebody else has installed."""

    def __init__(self, **points):
        self.__dict__["_points"] = {
            name: EntryPoint(name=name, value=value, group=GROUP) for name, value in points.items()
        }


def test_the_kinds_are_those_that_are_installed():
    assert {"console", "slack", "telegram"} <= set(Kinds())
    assert len(Kinds()) == len(set(Kinds()))


@pytest.mark.parametrize("kind", sorted(Kinds()))
def test_each_kind_is_an_adapter_with_a_model_of_its_options(kind):
    adapter = Kinds().adapter(kind)

    assert kind == adapter.platform
    assert adapter.Options is Kinds()[kind]
    assert "forbid" == adapter.Options.model_config.get("extra"), "a mistyped key must not be overlooked"


def test_an_adapter_is_built_from_its_options_and_opens_nothing_yet():
    kinds = Kinds()
    adapter = build(kinds, "desk", "console", kinds["console"]())

    assert isinstance(adapter, Adapter)
    assert isinstance(adapter, ConsoleAdapter)
    assert ("desk", "not started") == (adapter.name, adapter.unavailable_reason)


def test_a_third_partys_adapter_is_installed_not_merged():
    kinds = Elsewhere(pager="adapters.console:ConsoleAdapter")

    assert ["pager"] == list(kinds)
    assert kinds.adapter("pager") is ConsoleAdapter


def test_a_kind_nobody_installed_is_a_missing_key():
    with pytest.raises(KeyError):
        Kinds()["carrier pigeon"]


@pytest.mark.parametrize("value", ["adapters.pigeon:Pigeon", "adapters.console:Pigeon"])
def test_a_kind_that_cannot_be_loaded_is_told_with_its_name_and_the_reason(value):
    with pytest.raises(ConfigError, match=r"'pigeon' \(adapters\..*Pigeon"):
        Elsewhere(pigeon=value).adapter("pigeon")


def test_a_kind_is_imported_when_it_is_asked_for_and_not_before():
    kinds = Elsewhere(broken="adapters.pigeon:Pigeon", console="adapters.console:ConsoleAdapter")

    assert kinds["console"] is ConsoleAdapter.Options

"""What a bot is told of the person and the place: the templates of the config, filled in for one message."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

from bridge.routing.effective_rules import EffectiveRules
from bridge.sdk.asking import Context
from bridge.sdk.model import Inbound


def context(message: Inbound, rules: EffectiveRules, *, route: str) -> Context:
    """The variables, parameters and meta data that *rules* of that *route* give for *message*."""
    known = {
        "person.name": message.author.name,
        "person.language": message.author.language or "",
        "chat.type": str(message.chat_type),
        "route.name": route,
        "adapter.name": message.where.adapter,
        "start.payload": message.choices.start,
    }
    fill = _Filled(known)
    return Context(
        variables=fill.all(rules.variables),
        parameters=fill.all(rules.parameters),
        meta_data=fill.all(rules.meta_data),
    )


def is_about_author(rules: EffectiveRules) -> bool:
    """Whether *rules* tell a bot who the author of a message is."""
    return _names(rules, "person")


def is_about_start(rules: EffectiveRules) -> bool:
    """Whether *rules* tell a bot the payload of ``/start``."""
    return _names(rules, "start")


def _names(rules: EffectiveRules, group: str) -> bool:
    templates = (*rules.variables.values(), *rules.parameters.values(), *rules.meta_data.values())
    return any(f"{{{group}." in template for template in templates)


class _Filled(Formatter):
    """A formatter that looks up each field by its whole name: ``{person.name}`` is no attribute of an object."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def all(self, templates: Mapping[str, str]) -> dict[str, str]:
        """Each of the *templates* with its fields filled in."""
        return {name: self.format(template) for name, template in templates.items()}

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[str, str]:  # noqa: ARG002 - Formatter's own
        return self._known.get(field_name, ""), field_name

"""The rules in force, ready to be asked: who answers, whether they may be asked, and whose memory it is."""

from collections.abc import Mapping
from functools import cached_property
from string import Formatter
from typing import Any, Final

from bridge.config.settings import Settings
from bridge.routing import access, router
from bridge.routing.access import Groups
from bridge.routing.router import Decision, Router, ShouldAnswer
from bridge.sdk.model import Context, Inbound

FIELDS: Final = ("person.name", "person.language", "chat.type", "route.name", "adapter.name")
"""What a variable's template may name; nothing by which a platform could find the person again."""


class Rulebook:
    """One config file's rules."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def _router(self) -> Router:
        return Router(self.settings)

    @cached_property
    def _groups(self) -> Groups:
        return access.groups_of(self.settings)

    def decide(self, message: Inbound) -> Decision:
        """Who answers, and by which rules."""
        return self._router.route(message)

    def should_answer(self, message: Inbound, decision: Decision) -> ShouldAnswer:
        """Whether the message is meant for whoever answers there."""
        return router.should_answer(message, decision.rules)

    def scope(self, message: Inbound, decision: Decision) -> str:
        """Whose memory the message belongs to, which is the queue it waits in."""
        return router.scope(message, decision.rules.memory)

    def refusal(self, message: Inbound) -> str | None:
        """Why this person may not talk here, in the operator's words; None if they may."""
        return access.refusal(message, self.settings.access, self._groups)

    def context(self, message: Inbound, decision: Decision) -> Context:
        """What the bot is told beside the question, filled in for this message."""
        known = {
            "person.name": message.author.name,
            "person.language": message.author.language or "",
            "chat.type": str(message.chat_type),
            "route.name": decision.route.name if decision.route else "",
            "adapter.name": message.where.adapter,
        }
        fill, rules = _Filled(known), decision.rules
        return Context(
            variables=fill.all(rules.variables),
            parameters=fill.all(rules.parameters),
            meta_data=fill.all(rules.meta_data),
        )


class _Filled(Formatter):
    """A template's fields are looked up whole: ``{person.name}`` reaches into no object."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    def all(self, templates: Mapping[str, str]) -> dict[str, str]:
        """Each of the *templates* with its fields filled in."""
        return {name: self.format(template) for name, template in templates.items()}

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[str, str]:  # noqa: ARG002 - Formatter's own
        return self._known.get(field_name, ""), field_name

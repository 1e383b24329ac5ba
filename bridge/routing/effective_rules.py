"""The rules for one answer: the file's defaults, overridden by what the route says itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.config.limit_settings import LimitSettings
from bridge.config.route_settings import AnswerWhen, Busy, DefaultSettings, Memory, RouteSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRules:
    """The defaults, overridden by a route."""

    answer: AnswerWhen  #: what is answered in groups
    memory: Memory  #: who shares it
    forget_after: float | None  #: seconds after which a conversation left alone begins anew; None: never
    busy: Busy  #: what a message does to the answer that still runs
    variables: Mapping[str, str]  #: for an agent's prompt, by name; values as the config has them, to be filled in
    parameters: Mapping[str, str]  #: what a workflow begins with, likewise
    meta_data: Mapping[str, str]  #: what is kept with the chat at the bot's side, likewise
    limits: LimitSettings  #: how much one person may ask for
    prompts: tuple[str, ...]  #: questions offered to who begins; empty: those that the bot itself suggests


def merge(defaults: DefaultSettings, route: RouteSettings | None) -> EffectiveRules:
    """The *defaults*, overridden by *route*; None: no route answers."""
    said = route or defaults
    forget_after = (said if "forget_after" in said.model_fields_set else defaults).forget_after
    limits = {name: getattr(said.limits, name) for name in said.limits.model_fields_set}
    return EffectiveRules(
        answer=said.answer or defaults.answer,
        memory=said.memory or defaults.memory,
        forget_after=forget_after,
        busy=said.busy or defaults.busy,
        variables={**defaults.variables, **said.variables},
        parameters={**defaults.parameters, **said.parameters},
        meta_data={**defaults.meta_data, **said.meta_data},
        limits=defaults.limits.model_copy(update=limits),
        prompts=(said if "prompts" in said.model_fields_set else defaults).prompts,
    )

"""What the pages that a platform shows to one person ask of the core."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bridge.config.route_settings import When
from bridge.engine.forgetting import erase_person
from bridge.engine.limits_left import limits_left
from bridge.engine.linking import LinkedPeople
from bridge.engine.turning_away import TurningAway
from bridge.routing.access import identity_of, person_of
from bridge.routing.rules import Rules
from bridge.sdk import telemetry
from bridge.sdk.asking import Introduction
from bridge.sdk.model import Inbound
from bridge.sdk.ports import Bot
from bridge.sdk.self_service import Offer, Overview
from bridge.store.allowances import Allowances
from bridge.store.people import People


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalAffairs:
    """The `SelfService` of this daemon."""

    rules: Callable[[], Rules]
    bots: Mapping[str, Bot]
    turning_away: TurningAway
    allowances: Allowances
    people: People
    linked: LinkedPeople

    async def may_talk(self, visitor: Inbound) -> bool:
        """Whether the rules let them; otherwise they are turned away as for a message, so told once a day at most."""
        return await self.turning_away.turn_away(visitor, self.rules().decide(visitor)) is None

    async def overview(self, visitor: Inbound) -> Overview | None:
        """Which bots they can ask and how, what they could ask, and how much."""
        rules, visitor = self.rules(), self.linked.at_home(visitor)
        decision = rules.decide(visitor)
        if await self.turning_away.refusal(visitor, decision):
            return None
        introduction = self._introduction(decision.bot)
        language = visitor.author.language
        return Overview(
            greeting=introduction.greeting,
            offers=tuple(self._offers(rules, visitor)),
            prompts=decision.rules.prompts or introduction.questions,
            limits=tuple(await limits_left(self.allowances, decision.allowances, identity_of(visitor), language)),
            linked=tuple(account.partition(":")[0] for account in self.linked.accounts(person_of(visitor))),
        )

    async def forget(self, visitor: Inbound) -> None:
        """Erase everything about them."""
        where, who = visitor.where, visitor.author.id
        await erase_person(self.people, self.bots, where.adapter, who, refused=telemetry.memory_kept)
        await self.linked.refresh()
        telemetry.person_forgotten(adapter=where.adapter)

    def _offers(self, rules: Rules, visitor: Inbound) -> Iterator[Offer]:
        """Each bot that would answer them there, with the opening words for which its route asks, if any."""
        for route in rules.settings.routes:
            for opening in ("", *_openings(route.when)):
                decision = rules.decide(replace(visitor, text=opening))
                if decision.route is route and decision.bot:
                    yield Offer(bot=self._introduction(decision.bot).name or decision.bot, opening=opening)
                    break

    def _introduction(self, bot: str | None) -> Introduction:
        known = self.bots.get(bot or "")
        return known.profile.introduction if known else Introduction()


def _openings(when: When) -> tuple[str, ...]:
    """The opening words that a route asks for."""
    text = when.text
    return (*(text.starts_with or ()), *(text.equals or ())) if text else ()

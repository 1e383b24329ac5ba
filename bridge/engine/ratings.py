"""Thumbs below an answer: passed on to the side of the bot that gave it; the person was thanked when they pressed."""

from collections.abc import Mapping

from bridge.engine.private_words import words_of_message
from bridge.routing.rules import Decision
from bridge.sdk import redaction, telemetry
from bridge.sdk.errors import Never
from bridge.sdk.model import Rating
from bridge.sdk.ports import Bot
from bridge.store.claim import Turn
from bridge.store.inbox import Inbox


async def pass_on(claimed: Turn, rating: Rating, decision: Decision, *, bots: Mapping[str, Bot], inbox: Inbox) -> None:
    """Tell the bot's side of the *rating*, if it may be rated by its author and takes ratings; settle the turn in any case."""
    redaction.also_spoken(lambda: words_of_message(claimed.message))
    answered = await inbox.past.answered_by(rating.turn_key, claimed.message.where)
    if decision.refusal and not decision.by_pairing:
        telemetry.answer_unrated(because=decision.refusal)
    elif answered is None or answered.bot not in bots:
        telemetry.answer_unrated(because="nobody knows that answer any more")
    else:
        try:
            bot = bots[answered.bot].for_owner(answered.conversation_owner)
            await bot.rate(answered.chat, liked=rating.liked, reason=rating.reason)
            telemetry.answer_rated(bot=answered.bot, liked=rating.liked, reasoned=bool(rating.reason))
        except Never as refusal:
            telemetry.answer_unrated(because=refusal.detail, log_id=refusal.log_id)
    await inbox.settle(claimed)

"""
Every event of a message's life by name: a function each, one log line and, where somebody would draw it, one metric.

Rule: ids, counts, seconds and reasons; never what people wrote, never a token. The ids of the turn at hand are bound once
(`turn`) and need not be handed on.

Words are ``noun.past_participle``. INFO tells the life of a turn, WARNING what an operator may want to know, ERROR what
somebody must look at; everything else is DEBUG.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog

from bridge.sdk import live, tracing
from bridge.sdk.metrics import (
    ACCEPTED,
    ADAPTER_CONNECTED,
    FALLBACKS,
    FIRST_SIGN,
    FIRST_WORDS,
    LAST_WORDS,
    LIMITED,
    OVER_LIMIT,
    PREVIEWS,
    RATINGS,
    REPEATED,
    ROUTED,
    TURNED_AWAY,
    TURNS,
    UNCERTAIN,
    UNREADABLE,
)

_log = structlog.get_logger("bridge")


@contextmanager
def turn(*, turn: int, conversation: str, adapter: str, accepted_at: float) -> Iterator[None]:
    """Name the turn in every line logged inside."""
    at_work = live.at_work(
        live.LiveTurn(turn=turn, conversation=conversation, adapter=adapter, accepted_at=accepted_at)
    )
    ids = {"turn": turn, "conversation": conversation, "adapter": adapter}
    with (
        tracing.span("message", accepted_at, **ids),
        tracing.span("turn", **ids),
        structlog.contextvars.bound_contextvars(**ids, **tracing.ids()),
        at_work,
    ):
        yield


# A message on its way in


def message_accepted(*, adapter: str, conversation: str) -> None:
    """A message is on disk."""
    ACCEPTED.labels(adapter).inc()
    _log.info("message.accepted", adapter=adapter, conversation=conversation)


def message_repeated(*, adapter: str) -> None:
    """A platform delivered a message again; once is enough."""
    REPEATED.labels(adapter).inc()
    _log.debug("message.repeated", adapter=adapter)


def message_completed(*, adapter: str) -> None:
    """Another copy of a message said more than the first, and nobody had been asked yet: now the question holds both."""
    _log.debug("message.completed", adapter=adapter)


def message_edited(*, adapter: str, outcome: str) -> None:
    """Somebody changed what they had said; *outcome* tells what became of it."""
    _log.debug("message.edited", adapter=adapter, outcome=outcome)


def message_overheard(*, adapter: str) -> None:
    """Somebody said something, but not to us."""
    _log.debug("message.overheard", adapter=adapter)


def message_discarded(*, adapter: str, because: str) -> None:
    """A message was let go without an answer, as the rules say."""
    _log.info("message.discarded", adapter=adapter, because=because)


def message_refused(*, adapter: str, because: str) -> None:
    """A message of somebody who may not talk there was let go before anything was kept."""
    TURNED_AWAY.labels(adapter).inc()
    _log.debug("message.refused", adapter=adapter, because=because)


def message_over_limit(*, adapter: str) -> None:
    """Somebody asked for more than the limits allow; the question is not kept."""
    OVER_LIMIT.labels(adapter).inc()
    _log.info("message.over_limit", adapter=adapter)


def update_unreadable(*, adapter: str, update: str, because: str) -> None:
    """A platform sent something we cannot read; it is kept as a dead letter, and everything else goes on."""
    UNREADABLE.labels(adapter).inc()
    _log.error("update.unreadable", adapter=adapter, update=update, because=because)


def message_unaccepted(*, adapter: str) -> None:
    """A message could not be written down in time; it is not acknowledged, so the platform brings it again."""
    _log.error("message.unaccepted", adapter=adapter)


# An adapter and its platform


def adapter_connected(*, adapter: str) -> None:
    """The adapter hears its platform."""
    ADAPTER_CONNECTED.labels(adapter).set(1)
    _log.info("adapter.connected", adapter=adapter)


def adapter_removed(*, adapter: str) -> None:
    """The config has that adapter no more; what it was answering has been answered."""
    with suppress(KeyError):
        ADAPTER_CONNECTED.remove(adapter)
    _log.info("adapter.removed", adapter=adapter)


def adapter_disconnected(*, adapter: str, because: str, seconds: float, times: int = 1) -> None:
    """The adapter does not hear its platform and tries again in so many seconds; *times*: how often since the last such line."""
    ADAPTER_CONNECTED.labels(adapter).set(0)
    _log.warning("adapter.disconnected", adapter=adapter, because=because, seconds=round(seconds, 1), times=times)


def record_connected(*, adapter: str, connected: bool) -> None:
    """Whether the adapter hears its platform now."""
    ADAPTER_CONNECTED.labels(adapter).set(connected)


def bot_misconfigured(*, bot: str, because: str, remedy: str) -> None:
    """A bot's own side does not know it, or not for us; people can ask it all the same."""
    _log.warning("bot.misconfigured", bot=bot, because=because, remedy=remedy)


def webhook_removed(*, adapter: str, host: str) -> None:
    """A webhook was set, which leads to that host; the config wants polling, so that it was taken away."""
    _log.warning("webhook.removed", adapter=adapter, host=host)


def adapter_scope_missing(*, adapter: str, scope: str, without: str) -> None:
    """The token lacks a scope, *without* which something does not work; the app has to be installed again with it."""
    _log.warning("adapter.scope_missing", adapter=adapter, scope=scope, without=without)


def send_uncertain(*, adapter: str, kind: str) -> None:
    """A send was cut off: nobody can tell whether people saw it."""
    UNCERTAIN.labels(adapter, kind).inc()
    _log.warning("send.uncertain", adapter=adapter, kind=kind)


def record_preview(*, adapter: str, outcome: str) -> None:
    """A preview was shown, dropped for want of a budget, or refused."""
    PREVIEWS.labels(adapter, outcome).inc()


def feature_missing(*, adapter: str, feature: str, because: str) -> None:
    """A feature of the platform is not to be had here; the answer is shown in a plainer way."""
    FALLBACKS.labels(adapter, feature).inc()
    _log.warning("feature.missing", adapter=adapter, feature=feature, because=because)


def side_limited(*, side: str, seconds: float) -> None:
    """A far side told us to wait."""
    LIMITED.labels(side).inc()
    _log.warning("side.limited", side=side, seconds=seconds)


# A turn


def turn_begun(*, route: str, bot: str, attempt: int, stage: str) -> None:
    """Somebody is being answered."""
    live.answered_by(route=route, bot=bot)
    tracing.note(route=route, bot=bot, attempt=attempt, stage=stage)
    if attempt == 1:
        ROUTED.labels(route).inc()
    _log.debug("turn.begun", route=route, bot=bot, attempt=attempt, stage=stage)


def turn_asked(*, chat: str) -> None:
    """The bot took the question."""
    tracing.note(chat=chat)
    _log.debug("turn.asked", chat=chat)


def record_first_sign() -> None:
    """Somebody sees that they were heard; what they see later counts no more."""
    if (at_work := live.current()) and not at_work.has_shown:
        at_work.has_shown = True
        FIRST_SIGN.labels(at_work.adapter).observe(max(0.0, time.time() - at_work.accepted_at))


def record_first_words(*, seconds: float) -> None:
    """The first words of the answer can be read."""
    record_first_sign()
    tracing.note(first_words=seconds)
    live.speaks_after(seconds)
    FIRST_WORDS.labels(live.adapter()).observe(seconds)


def tool_called(*, tool: str) -> None:
    """A function of a bot was run at its endpoint."""
    _log.info("tool.called", tool=tool)


def tool_failed(*, tool: str, because: str) -> None:
    """A function of a bot could not be run; the bot was told to do without."""
    _log.warning("tool.failed", tool=tool, because=because)


def turn_answered(*, seconds: float, parts: int, tokens: int) -> None:
    """The whole answer can be read."""
    tracing.note(outcome="answered", tokens=tokens)
    TURNS.labels("answered").inc()
    LAST_WORDS.labels(live.adapter()).observe(seconds)
    _log.info("turn.answered", seconds=round(seconds, 3), parts=parts, tokens=tokens)


def turn_commanded(*, command: str) -> None:
    """The bridge answered one of its own words."""
    tracing.note(outcome="command")
    TURNS.labels("command").inc()
    _log.info("turn.commanded", command=command)


def turn_pushed(*, seconds: float, parts: int) -> None:
    """What an operator handed in can be read."""
    tracing.note(outcome="pushed")
    TURNS.labels("pushed").inc()
    _log.info("turn.pushed", seconds=round(seconds, 3), parts=parts)


def answer_rated(*, bot: str, liked: bool, reasoned: bool) -> None:
    """Somebody has said what they think of an answer, *reasoned* or without a reason, and the bot's side knows."""
    RATINGS.labels(bot, "like" if liked else "unlike").inc()
    _log.info("answer.rated", bot=bot, liked=liked, reasoned=reasoned)


def answer_unrated(*, because: str, log_id: str | None = None) -> None:
    """Somebody has said what they think of an answer, and the bot's side cannot be told."""
    _log.warning("answer.unrated", because=because, log_id=log_id)


def turn_postponed(*, because: str, log_id: str | None, attempt: int, seconds: float) -> None:
    """A turn failed in a way that waiting may cure."""
    tracing.note(outcome="postponed", log_id=log_id)
    TURNS.labels("postponed").inc()
    _log.warning("turn.postponed", because=because, log_id=log_id, attempt=attempt, seconds=round(seconds, 1))


def turn_dead_lettered(*, because: str, log_id: str | None) -> None:
    """A turn was given up; an operator may revive it."""
    tracing.note(outcome="dead", log_id=log_id)
    TURNS.labels("dead").inc()
    _log.error("turn.dead_lettered", because=because, log_id=log_id)


def turn_unreadable(*, turn: int, because: str) -> None:
    """A stored message cannot be read by this version; it is dead, and the others go on."""
    TURNS.labels("unreadable").inc()
    _log.error("turn.unreadable", turn=turn, because=because)


def turn_handed_over(*, because: str) -> None:
    """The turn is left to whoever holds its lease now."""
    TURNS.labels("handed_over").inc()
    _log.warning("turn.handed_over", because=because)


def conversation_replaced(*, bot: str) -> None:
    """The bot's side had lost the conversation; a new one was begun."""
    _log.warning("conversation.replaced", bot=bot)


def person_forgotten(*, adapter: str) -> None:
    """Somebody has asked that all be erased that is kept about them, and it was."""
    _log.info("person.forgotten", adapter=adapter)


def memory_kept(bot: str, because: str) -> None:
    """A bot's side will not forget a conversation of somebody who wants to be forgotten."""
    _log.warning("memory.kept", bot=bot, because=because)


def turn_crashed(*, error: str) -> None:
    """A turn died of something nobody expected; it is tried again, a few times."""
    TURNS.labels("crashed").inc()
    _log.error("turn.crashed", error=error)


def turn_begun_anew() -> None:
    """The person changed the question while it was answered; the turn begins anew in the same place."""
    TURNS.labels("edited").inc()
    _log.info("turn.begun_anew")


def turn_stopped() -> None:
    """The person stopped the answer."""
    tracing.note(outcome="stopped")
    TURNS.labels("stopped").inc()
    _log.info("turn.stopped")


def bot_silent(*, bot: str, seconds: float) -> None:
    """A bot's side has not responded to a question for so long; the person was told that we still wait."""
    _log.warning("bot.silent", bot=bot, seconds=seconds)


def answer_broken_off(*, because: str, log_id: str | None) -> None:
    """The bot failed in the middle of its answer; what it had said stands."""
    _log.error("answer.broken_off", because=because, log_id=log_id)


def conversation_not_created(*, because: str, log_id: str | None) -> None:
    """Coze makes no conversation by itself, so the first question makes it; cut off on its way, that one is asked again."""
    _log.warning("conversation.not_created", because=because, log_id=log_id)


def stream_cut(*, chat: str, because: str, log_id: str | None) -> None:
    """The bot's stream broke; the rest of the answer is fetched."""
    _log.warning("stream.cut", chat=chat, because=because, log_id=log_id)

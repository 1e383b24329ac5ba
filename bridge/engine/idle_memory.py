"""Forgets a conversation that was idle for longer than its rules allow, before the next question in it is asked."""

from dataclasses import replace

from bridge.store.claim import Stage, Turn
from bridge.store.sessions import Sessions


async def forget_if_left_alone(claimed: Turn, bot: str, after: float | None, sessions: Sessions) -> Turn:
    """
    The turn as it is to be answered: without the memory with *bot* if that was last used more than *after* seconds ago.

    A turn that has begun keeps its memory. The time is between two questions, not between an answer and a question.
    """
    used_at = claimed.last_used.get(bot)
    if (
        after is None
        or used_at is None
        or claimed.stage is not Stage.ACCEPTED
        or claimed.accepted_at - used_at <= after
    ):
        return claimed
    await sessions.begin_afresh(claimed.scope, bot=bot)
    return replace(claimed, conversations={}, resume_tokens={}, answered_turns={}, last_used={})

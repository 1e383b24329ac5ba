"""
Shows the steps of a workflow as task cards in the stream of its answer; optional, so nothing waits for them or fails with them.

https://docs.slack.dev/reference/methods/chat.appendStream
"""

from collections.abc import Sequence
from typing import Any

from adapters.slack.errors import StreamStopped
from adapters.slack.limits import STEP_LONGEST
from adapters.slack.message_state import MessageState
from adapters.slack.pace import APPEND
from adapters.slack.shared import SlackSharedState
from bridge.sdk import telemetry
from bridge.sdk.asking import Step
from bridge.sdk.errors import MessageGone, Never, Uncertain

Json = dict[str, Any]


async def show_steps(
    shared: SlackSharedState, channel: str, shown: MessageState, steps: Sequence[Step], *, unfinished: str = ""
) -> None:
    """
    Update the cards in a stream; if Slack refuses them, none are tried for a while.

    *unfinished*: the stream is ending, and steps that are not over get this status. Raises `StreamStopped`.
    """
    cards = {card["id"]: card for card in map(_card, range(len(steps)), steps)}
    if unfinished:
        cards = {name: _ended(card, unfinished) for name, card in cards.items() if name in shown.cards}
    news = [card for name, card in cards.items() if shown.cards.get(name) != card["status"]]
    if not news or not shared.takes_cards:
        return
    try:
        if await shared.sender.try_send(APPEND, lambda: shared.api.append_cards(channel, shown.ts, news)):
            shown.cards |= {card["id"]: card["status"] for card in news}
    except StreamStopped:
        raise
    except MessageGone:
        return
    except (Uncertain, Never) as refusal:
        shared.disable_cards()
        telemetry.feature_missing(adapter=shared.adapter, feature="task_cards", because=refusal.detail)


def _card(number: int, step: Step) -> Json:
    """The card of the step of that *number*."""
    status = "complete" if step.is_over else "in_progress"
    return {"type": "task_update", "id": f"step-{number}", "title": step.title[:STEP_LONGEST], "status": status}


def _ended(card: Json, unfinished: str) -> Json:
    """The *card* as it looks once the stream has ended."""
    return card if card["status"] == "complete" else card | {"status": unfinished}

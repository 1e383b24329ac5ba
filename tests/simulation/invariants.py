"""
What must be true when everything has come to rest.

I1 accepted: answered, or given up with a word about it       I4 a part stands once, but for sends nobody could know of
I2 answers come in the order of the questions                 I5 what stands is what the bot said
I3 a question is asked once, but for chats that failed        I6 nothing is in flight
"""

from collections.abc import Iterator
from typing import Any

from bridge.sdk.i18n import MessageId, translate
from bridge.sdk.model import Inbound
from bridge.sdk.splitting import split
from bridge.store.tables import TurnStatus
from tests.simulation.coze import Chat, State
from tests.simulation.platform import LIMIT, Message, Platform, Screen
from tests.simulation.world import World


def check(world: World) -> None:
    """Raise AssertionError, with the seed and the story of the turn, unless everything holds."""
    wrong = [*world.violations, *_wrong(world)]
    if wrong:
        raise AssertionError("\n".join([f"seed {world.story.seed}: {world.story}", *wrong, *_trace(world, wrong)]))


def _wrong(world: World) -> Iterator[str]:
    rows: dict[str, list[Any]] = {}
    for row in world.kept:
        rows.setdefault(row.dedupe, []).append(row)
        if row.status not in (TurnStatus.DONE, TurnStatus.DEAD) or row.lease_until is not None:
            yield f"I6: turn-{row.id} is {TurnStatus(row.status).name}, lease until {row.lease_until}"
    for platform in world.platforms:
        for screen in platform:
            yield from _wrong_on(world, platform, screen, rows)


def _wrong_on(world: World, platform: Platform, screen: Screen, rows: dict[str, list[Any]]) -> Iterator[str]:
    before, shown_at = 0, -1.0
    for message in screen.said:
        kept = rows.get(_keys(message), [])
        if len(kept) != 1:
            yield f"I1: {message.text!r} was kept {len(kept)} times"
            continue
        row = kept[0]
        if row.id < before:
            yield f"I2: turn-{row.id} was kept after turn-{before}, and said before it"
        before = row.id
        if message.command is None:
            yield from _answered(world, platform, screen, row)
            began, ended = _span(screen, f"turn-{row.id}")
            if began is not None and began < shown_at:
                yield f"I2: turn-{row.id} was shown before the answer before it was complete"
            shown_at = max(shown_at, ended)


def _answered(world: World, platform: Platform, screen: Screen, row: Any) -> Iterator[str]:
    key = f"turn-{row.id}"
    chats = world.coze.about(row.text)
    excused = sum(chat.state is State.FAILED or bool(chat.missed) for chat in chats[:-1])
    if len(chats) - 1 > excused:
        yield f"I3: {key} was asked {len(chats)} times: {[chat.id for chat in chats]}"
    if row.status == TurnStatus.DEAD:
        told = any(turn == row.id for turn, _ in screen.told)
        if not told and row.id not in screen.unsaid and not screen.gone and "took" not in (row.reason or ""):
            yield f"I1: {key} is dead ({row.reason}), and nobody was told"
        return
    if row.stop_requested and row.answer is None and not screen.of(f"{key}.0"):
        return  # somebody wanted it stopped while it waited for another try
    if not _said(chats, row.answer or ""):
        said = [(chat.id, chat.state.name, chat.text) for chat in chats]
        yield f"I5: {key} is written as {row.answer!r}, and {said} was said"
    yield from _shown(platform, screen, key, row.answer or "")


def _shown(platform: Platform, screen: Screen, key: str, answer: str) -> Iterator[str]:
    wanted = [piece for piece in split(answer, LIMIT, len) if piece.strip()]
    if not wanted:
        yield f"I1: {key} has an empty answer"
    for index, text in enumerate(wanted):
        yield from _part(platform, screen, f"{key}.{index}", text)
    for message in screen.messages:
        number = int(message.key.partition(".")[2])
        if message.key.startswith(f"{key}.") and number >= len(wanted) and not message.deleted and not message.lost:
            yield f"I5: {message.key} stands ({message.text!r}), and the answer has {len(wanted)} parts"


def _part(platform: Platform, screen: Screen, key: str, text: str) -> Iterator[str]:
    messages = screen.of(key)
    visible = [message for message in messages if not message.deleted]
    if not any(message.text == text for message in messages):
        yield f"I5: {key} shows {[message.text for message in visible]}, not {text!r}"
    excused = 0 if platform.style.finds else sum(message.lost for message in visible)
    if len(visible) - 1 > excused:
        refs = [(message.ref, message.text, "lost" if message.lost else "known") for message in visible]
        yield f"I4: {key} stands {len(visible)} times on {platform.style.name}: {refs}"


def _said(chats: list[Chat], answer: str) -> bool:
    """Whether the answer is what the last chat said, or its beginning with a word why it ends."""
    if not chats:
        return answer == translate(MessageId.STOPPED_MARK, "en")
    chat = chats[-1]
    if answer == chat.text and chat.state in (State.COMPLETED, State.CANCELLED):
        return True  # cancelled without a mark: whoever cancelled it died before that was written
    for word, states in ((MessageId.STOPPED_MARK, tuple(State)), (MessageId.BROKEN_OFF, (State.FAILED,))):
        begin, mark, rest = answer.partition(translate(word, "en"))
        if mark and not rest and chat.text.startswith(begin.removesuffix("\n\n")) and chat.state in states:
            return True
    return False


def _span(screen: Screen, key: str) -> tuple[float | None, float]:
    messages: list[Message] = [message for message in screen.messages if message.key.startswith(f"{key}.")]
    if not messages:
        return None, -1.0
    return min(one.posted_at for one in messages), max(one.changed_at for one in messages)


def _keys(message: Inbound) -> str:
    return str(list(message.dedupe_keys)).replace("'", '"').replace(", ", ",")


def _trace(world: World, wrong: list[str]) -> list[str]:
    """The events that speak of what is wrong first, or the last there were."""
    words = {word.strip("':.,") for word in wrong[0].split() if word.startswith(("turn-", "chat-", "conv-"))}
    words = {word.partition(".")[0] for word in words}
    about = [event for event in world.wire.events if not words or any(_speaks(event, word) for word in words)]
    lives = [event for event in world.wire.events if " dies" in event or "freezes" in event or "thaws" in event]
    return sorted({*about[-80:], *lives[-20:]})


def _speaks(event: str, word: str) -> bool:
    return any(event[at + len(word) : at + len(word) + 1] in " .:]'),;" for at in _places(event, word))


def _places(event: str, word: str) -> Iterator[int]:
    at = event.find(word)
    while at >= 0:
        yield at
        at = event.find(word, at + 1)

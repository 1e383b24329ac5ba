"""What people do and the bridge replies, as one step of a story."""

from tests.scenarios.harness import SlackTalk, Talk


async def tells(talk: Talk, command: str) -> str:
    """Give a command; returns the reply. In Slack a command takes words only with its slash."""
    before = len(talk.answers)
    talk.tells(f"/{command}" if " " in command and isinstance(talk, SlackTalk) else command)
    return (await talk.gets(before + 1))[-1]


async def presses(talk: Talk, offer: str) -> str:
    """Press the newest button of that name; returns the reply."""
    before = len(talk.answers)
    talk.presses(offer)
    return (await talk.gets(before + 1))[-1]


async def asks(talk: Talk, question: str, answer: str) -> None:
    """Ask, and wait for the whole answer."""
    talk.says(question)
    await talk.until(lambda: answer in talk.answers)

    assert answer == talk.answers[-1]

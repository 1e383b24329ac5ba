"""A crowd on Slack, which limits how often anything may be said: nobody is refused, everybody is answered in order."""

from simulators.slack.limits import Limits
from tests.scenarios.harness import BridgeHarness

THREADS = 50
MENTIONS = 4


async def test_two_hundred_mentions_in_fifty_threads_at_once(bridge: BridgeHarness) -> None:
    await bridge.start()
    slack = bridge.slack
    slack.limits = Limits()
    crowd = [bridge.in_thread(f"p{number}") for number in range(THREADS)]
    for turn in range(MENTIONS):
        for number, talk in enumerate(crowd):
            talk.says(f"question {turn} of {number}", mention=True)
    for talk in crowd:
        await talk.until(lambda talk=talk: len(talk.answers) == MENTIONS, within=120)

    assert [[f"You said: question {turn} of {number}" for turn in range(MENTIONS)] for number in range(THREADS)] == [
        talk.answers for talk in crowd
    ]
    assert [] == [call.method for call in slack.calls if not call.ok]
    assert await bridge.terminate() == 0

"""Slack tells of one mention by two events, of which neither says all: it is one question."""

import asyncio

import pytest

from adapters.slack.events import ACCEPT_WITHIN
from bridge.sdk.model import Address, ChatType
from tests.wire.slack.harness import QUESTION, asked


@pytest.mark.parametrize("first", ["mention", "message"])
async def test_a_mention_is_heard_once_though_slack_sends_two_events(slack, heard, adapter, first):
    slack.both_orders = first
    message, desk, ts = await asked(slack, heard)
    await slack.until(lambda: len(slack.deliveries) == 2 and slack.courier.settled())

    assert [QUESTION] == [m.text for m in heard.messages]
    assert (desk, ts, slack.team) == (message.where.chat, message.where.thread, message.where.workspace)
    assert (Address.TO_US, ChatType.CHANNEL) == (message.address, message.chat_type)


@pytest.mark.parametrize("first", ["mention", "message"])
async def test_a_plain_mention_waits_for_nothing(slack, heard, adapter, first, monkeypatch):
    """Its second copy may be hours away: no timer is armed but the bound of the insert."""
    slack.both_orders = first
    slack.subscriptions.discard("message.channels" if first == "mention" else "app_mention")
    adapter._workspaces.by_default().directory.chat_types["C01HELP"] = ChatType.CHANNEL
    loop, armed, takers = asyncio.get_running_loop(), [], set()
    call_at, receive = loop.call_at, adapter._receiver.receive

    def arming(when, *args, **more):
        if asyncio.current_task() in takers:
            armed.append(round(when - loop.time()))
        return call_at(when, *args, **more)

    async def receiving(body):
        takers.add(asyncio.current_task())
        await receive(body)

    monkeypatch.setattr(adapter._receiver, "receive", receiving)
    monkeypatch.setattr(loop, "call_at", arming)
    message, _, _ = await asked(slack, heard)

    assert (QUESTION, True, False) == (message.text, message.is_copy, message.is_partial)
    assert [ACCEPT_WITHIN] == armed


@pytest.mark.parametrize(
    ("said", "lacking"),
    {
        "it shares a file": ({"text": "what is it?", "subtype": "file_share"}, True),
        "its words name one": ({"text": "see https://acme.slack.com/files/U1/F1/plan.txt"}, True),
        "it says nothing": ({"text": ""}, True),
        "plain words": ({"text": "what is a bridge?"}, False),
        "somebody's link": ({"text": "see https://example.com/files/plan.txt"}, False),
    }.values(),
)
async def test_a_copy_that_shows_that_it_lacks_something_waits_in_the_inbox(slack, heard, adapter, said, lacking):
    slack.both_orders = "message"
    ann = slack.person("ann")
    slack.says(ann, channel=slack.channel("help", members=[ann]), mention=True, **said)

    assert lacking is (await heard.one()).is_partial


@pytest.mark.parametrize("first", ["mention", "message"])
async def test_a_group_direct_message_is_a_group_whatever_its_id(slack, heard, adapter, first):
    """Not even its ``app_mention`` tells: Slack is asked."""
    slack.both_orders = first
    people = [slack.person("ann"), slack.person("ben")]
    slack.says(people[0], QUESTION, slack.mpim(people), mention=True)
    await slack.until(lambda: len(slack.deliveries) == 2 and slack.courier.settled())

    assert [ChatType.GROUP] == [message.chat_type for message in heard.messages]


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("which", ["app_mention", "message.mpim"])
async def test_of_however_many_and_whichever_copy_comes(slack, heard, adapter, count, which):
    slack.subscriptions.discard(which)
    people = [slack.person(f"person {number}") for number in range(count)]
    slack.says(people[-1], QUESTION, slack.mpim(people), mention=True)
    await slack.until(lambda: slack.deliveries and slack.courier.settled())

    assert [ChatType.GROUP] == [message.chat_type for message in heard.messages]


async def test_where_nobody_tells_what_a_channel_is_its_other_copy_is_waited_for(slack, heard, adapter):
    slack.subscriptions.discard("message.mpim")
    slack.refuses["conversations.info"] = "missing_scope"
    people = [slack.person("ann"), slack.person("ben")]
    slack.says(people[0], QUESTION, slack.mpim(people), mention=True)

    assert (await heard.one()).is_partial

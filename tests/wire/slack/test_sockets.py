"""Two sockets a process, over real ones: somebody always hears, and Slack is acknowledged as soon as the disk allows."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from adapters.slack.adapter import SlackAdapter
from adapters.slack.options import SlackOptions
from adapters.slack.socket_mode import CROWDED
from bridge.store.admission import Admission
from bridge.store.database import open_database
from bridge.store.inbox import Inbox
from bridge.store.wakeup import Wakeup
from simulators.slack.socket import MOST_SOCKETS

PEOPLE = 12


def connected(slack):
    """An adapter that knows *slack*, and does not listen yet."""
    tokens = {"bot_token": slack.bot_token, "app_token": slack.app_token, "api_url": slack.api_url}
    return SlackAdapter.from_options("acme", SlackOptions.model_validate(tokens))


@asynccontextmanager
async def listening(slack, accept):
    """An adapter that hears *slack*, over both its sockets unless there is no room."""
    async with connected(slack) as adapter:
        before = len(slack.sockets.open)
        hearing = asyncio.create_task(adapter.run(accept))
        await slack.until(lambda: len(slack.sockets.open) >= min(before + 2, CROWDED + 1))
        try:
            yield adapter
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)


async def let_go(_message):
    """Accept, and forget."""


async def test_while_one_socket_is_away_the_other_hears(slack):
    with capture_logs() as logs:
        async with listening(slack, let_go) as adapter:
            heard = len(logs)
            slack.sockets.drop(1)
            await slack.until(lambda: len(slack.sockets.open) == 1)
            slack.says(slack.person("ann"), "hello")
            await slack.until(slack.courier.settled)
            await slack.until(lambda: len(slack.sockets.open) == 2)
            reason = adapter.unavailable_reason

    assert [1] == [len(delivery.sent_at) for delivery in slack.deliveries]
    assert (None, []) == (reason, [log for log in logs[heard:] if log["event"] == "adapter.disconnected"])


@pytest.mark.parametrize("busy", [0.0, 0.2])
async def test_what_is_said_in_one_breath_is_kept_in_order_whatever_sockets_bring_it(slack, busy):
    """Also where this process was busy meanwhile, so that each socket holds several."""
    kept = []

    async def keep(message):
        kept.append(message.text)

    slack.sockets.alternates = True
    async with listening(slack, keep):
        await slack.until(lambda: len(slack.sockets.open) == 2)
        ann, ben = slack.person("ann"), slack.person("ben")
        slack.says(ann, "hello")
        await slack.until(slack.courier.settled)
        said = [slack.says(person, f"{person.name} {number}") for number in range(20) for person in (ann, ben)]
        await asyncio.sleep(0)
        time.sleep(busy)  # noqa: ASYNC251 - that is the point
        await slack.until(slack.courier.settled)

    assert len(said) == len(kept[1:])
    for name in ("ann", "ben"):
        assert [f"{name} {number}" for number in range(20)] == [text for text in kept if text.startswith(f"{name} ")]


async def test_without_any_socket_the_adapter_says_why_it_does_not_hear(slack):
    async with listening(slack, let_go) as adapter:
        slack.refuses["apps.connections.open"] = "service_unavailable"
        slack.sockets.drop()
        reason = await slack.until(lambda: adapter.unavailable_reason)

    assert reason.startswith(("socket: closed", "apps.connections.open"))


async def test_an_outage_is_told_once_however_often_both_sockets_try_in_vain(slack):
    with capture_logs() as logs:
        async with connected(slack) as adapter:
            slack.refuses["apps.connections.open"] = "service_unavailable"
            hearing = asyncio.create_task(adapter.run(let_go))
            await slack.until(lambda: 4 <= len([call for call in slack.called("apps.connections.open") if not call.ok]))
            del slack.refuses["apps.connections.open"]
            await slack.until(lambda: adapter.unavailable_reason is None)
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
    told = [(log["event"], log.get("because")) for log in logs if log["event"].startswith("adapter.")]

    assert [
        ("adapter.disconnected", "apps.connections.open: service_unavailable"),
        ("adapter.connected", None),
    ] == told


async def test_a_second_socket_gives_way_where_others_need_the_room(slack):
    """Slack opens ten for an app, and one process more shall find one free."""
    async with AsyncExitStack() as processes:
        for _ in range(MOST_SOCKETS // 2):
            await processes.enter_async_context(listening(slack, let_go))
        await slack.until(lambda: MOST_SOCKETS in slack.sockets.greetings)
        await slack.until(lambda: len(slack.sockets.open) < MOST_SOCKETS)


async def test_a_slow_sqlite_delays_an_acknowledgement_by_two_commits_at_most(slack, tmp_path):
    """The one that runs when a message comes, and the next, which all share who spoke meanwhile: 1 s where one takes 500 ms."""
    commits, waited, messages = [], [], []
    slack.time_scale = 20  # how fast this machine is shall not matter
    async with open_database(f"sqlite:///{tmp_path / 'bridge.db'}") as database:
        inbox = Inbox(database, Wakeup(), owner="us", lease=30)

        async def accept(message):
            before = len(commits)
            await inbox.accept(message, Admission.in_order(message.text))
            waited.append(len(commits) - before)

        def slowly(_connection):
            time.sleep(0.5)
            commits.append(1)

        event.listen(database.writer._engine, "commit", slowly)
        async with listening(slack, accept):
            people = [slack.person(f"p{number}") for number in range(PEOPLE)]
            for turn in range(3):
                for person in people:
                    slack.says(person, f"{person.name}: {turn}")
                await asyncio.sleep(0)
            await slack.until(slack.courier.settled, within=60)
        messages = [claimed.message.text for claimed in await inbox.claim(100)]

    assert sorted(f"{person.name}: {turn}" for person in people for turn in range(3)) == sorted(messages)
    assert max(waited) <= 2

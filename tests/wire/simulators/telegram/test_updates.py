"""Updates, by polling and by webhook: in order, again until confirmed, and through outages."""

import asyncio
from collections import deque

import pytest
import telegram
from aiohttp import web
from telegram.error import Conflict, NetworkError

from tests.wire.simulators.telegram.harness import client, refused, texts


async def test_an_update_comes_again_until_a_higher_offset_confirms_it(tg, bot, ann):
    first = tg.says(ann, "one")
    second = tg.says(ann, "two")

    tg.pass_time(10)
    assert ["one", "two"] == await texts(bot)
    tg.pass_time(10)
    assert ["one", "two"] == await texts(bot, offset=first)
    assert ["two"] == await texts(bot, offset=second)
    assert 1 == tg.pending()
    assert [] == await texts(bot, offset=second + 1)
    tg.pass_time(10)
    assert [] == await texts(bot)


async def test_the_limit_is_kept_and_a_hasty_poller_gets_one_at_a_time(tg, bot, ann):
    for text in "abc":
        tg.says(ann, text)
    tg.time_scale = 1.0

    assert ["a", "b"] == await texts(bot, limit=2)
    assert ["a"] == await texts(bot, limit=2)


async def test_a_negative_offset_throws_away_all_but_the_last(tg, bot, ann):
    for text in "abc":
        tg.says(ann, text)

    assert ["c"] == await texts(bot, offset=-1)
    assert 1 == tg.pending()


async def test_an_offset_far_ahead_begins_at_the_head(tg, bot, ann):
    number = tg.says(ann, "still here")

    assert ["still here"] == await texts(bot, offset=number + 1000)


async def test_a_long_poll_wakes_up_when_somebody_speaks(tg, bot, ann):
    poll = asyncio.create_task(texts(bot, timeout=30))
    await tg.until(tg.polling)
    tg.says(ann, "good morning")

    assert ["good morning"] == await poll


async def test_of_two_pollers_the_newer_wins(tg, bot, ann):
    async with client(tg) as second:
        older = asyncio.create_task(bot.get_updates(timeout=30))
        await tg.until(tg.polling)
        newer = asyncio.create_task(texts(second, timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await older
        await tg.until(tg.polling)
        tg.says(ann, "hello")

        assert ["hello"] == await newer


async def test_allowed_updates_stay_as_they_were_said_last(tg, bot, ann):
    await bot.get_updates(allowed_updates=["edited_message"])
    assert 0 == tg.says(ann, "unheard")
    await bot.get_updates()
    assert 0 == tg.says(ann, "still unheard")
    assert 0 != tg.edits(ann, "heard")
    await bot.get_updates(allowed_updates=[])
    assert 0 != tg.says(ann, "heard again")


async def test_a_poisonous_update_spoils_the_batch_for_the_client_but_not_for_raw_calls(tg, bot, ann):
    tg.poison()
    tg.says(ann, "behind it")

    with pytest.raises((TypeError, KeyError)):
        await bot.get_updates()
    tg.pass_time(10)
    with pytest.warns(telegram.warnings.PTBUserWarning):
        raw = await bot.do_api_request("getUpdates")

    assert [None, "behind it"] == [update["message"].get("chat") and update["message"]["text"] for update in raw]


async def test_confirmed_updates_can_be_delivered_again_and_shuffled(tg, bot, ann):
    numbers = [tg.says(ann, text) for text in "abcdef"]
    await bot.get_updates(offset=numbers[-1] + 1)

    tg.pass_time(10)
    assert 12 == tg.redeliver(seed=1, times=2)
    again = await texts(bot, offset=numbers[-1] + 1)

    assert sorted("abcdef" * 2) == sorted(again)
    assert list("abcdef" * 2) != again


async def test_a_poll_is_cut_off_by_an_outage_and_nothing_is_lost(tg, bot, ann):
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await tg.until(tg.polling)
    await tg.go_away()
    with pytest.raises(NetworkError):
        await poll
    tg.says(ann, "while away")
    await tg.come_back()

    assert ["while away"] == await texts(bot)


async def test_an_answer_to_a_poll_can_get_lost_and_its_updates_come_again(tg, bot, ann):
    tg.says(ann, "once more")
    tg.faults.add("getUpdates", apply=True, cut=True)

    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert ["once more"] == await texts(bot)


async def test_an_update_of_a_kind_nobody_knows_still_comes(tg, bot, chat):
    tg.update("stopped_message_generation", {"chat": {"id": chat, "type": "private"}, "draft_id": 7})

    [update] = await bot.get_updates()
    assert 7 == update.api_kwargs["stopped_message_generation"]["draft_id"]


class Hook:
    """A server of the bot's, which answers as told and 200 after that."""

    def __init__(self):
        self.answers, self.got, self.secrets = deque(), [], set()

    async def take(self, request):
        self.got.append(await request.json())
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status, headers = self.answers.popleft() if self.answers else (200, {})
        return web.Response(status=status, headers=headers)


@pytest.fixture
async def hook():
    """A server to which Telegram brings updates."""
    hook, app = Hook(), web.Application()
    app.router.add_post("/hook", hook.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_what_waited_and_what_comes_with_its_secret(tg, bot, ann, hook):
    tg.says(ann, "before")
    await bot.set_webhook(hook.url, secret_token="s3cret")
    tg.says(ann, "after")
    await tg.until(lambda: not tg.pending())

    assert ["before", "after"] == [update["message"]["text"] for update in hook.got]
    assert {"s3cret"} == hook.secrets


async def test_a_webhook_is_tried_again_until_it_says_yes_and_the_chat_waits_meanwhile(tg, bot, ann, hook):
    hook.answers.extend([(500, {}), (503, {"Retry-After": "2"}), (403, {})])
    await bot.set_webhook(hook.url)
    tg.says(ann, "first")
    tg.says(ann, "second")
    await tg.until(lambda: not tg.pending())

    assert ["first"] * 4 + ["second"] == [update["message"]["text"] for update in hook.got]
    assert "403" in (await bot.get_webhook_info()).last_error_message


async def test_chats_do_not_wait_for_each_other(tg, bot, ann, hook):
    tg.time_scale = 1000.0
    hook.answers.append((503, {"Retry-After": "60"}))
    await bot.set_webhook(hook.url)
    tg.says(ann, "stuck")
    await tg.until(lambda: tg.bot().updates.webhook.attempts)
    tg.says(tg.person("Bob"), "through")
    await tg.until(lambda: tg.pending() == 1)

    assert "through" == hook.got[-1]["message"]["text"]


async def test_nobody_polls_beside_a_webhook(tg, bot, hook):
    await bot.set_webhook(hook.url)

    assert "can't use getUpdates method while webhook is active" in await refused(bot.get_updates(), Conflict)

    await bot.delete_webhook()

    assert () == await bot.get_updates()
    assert "" == (await bot.get_webhook_info()).url


async def test_a_webhook_survives_an_outage_of_telegram(tg, bot, ann, hook):
    await bot.set_webhook(hook.url)
    await tg.go_away()
    tg.says(ann, "while away")
    await tg.come_back()
    await tg.until(lambda: not tg.pending())

    assert ["while away"] == [update["message"]["text"] for update in hook.got]


async def test_a_webhook_can_be_told_everything_again(tg, bot, ann, hook):
    await bot.set_webhook(hook.url)
    for text in "abc":
        tg.says(ann, text)
    await tg.until(lambda: not tg.pending())
    tg.redeliver(seed=3)
    await tg.until(lambda: len(hook.got) == 6)

    told = [update["update_id"] for update in hook.got]
    assert sorted(told[:3]) == sorted(told[3:])


async def test_a_secret_has_only_plain_characters(bot, hook):
    assert "Secret token contains unallowed characters" == await refused(bot.set_webhook(hook.url, secret_token="ä"))

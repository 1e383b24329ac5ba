"""The demo's page in a real browser; the test plays the bot, with the client libraries the daemon uses."""

import asyncio
import base64
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, async_playwright, expect
from playwright.async_api import Page as Tab
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, MessageEntity
from telegram.request import HTTPXRequest

from bridge import demo
from simulators.page import Page
from simulators.slack import Slack
from simulators.telegram import Telegram

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PATIENCE = 20_000  # ms; bounds a failure, and says nothing about how fast the page is

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning"),
]
browsing = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The page, the platforms behind it, and the bot's hands on both."""

    page: Page
    telegram: Telegram
    slack: Slack
    bot: Bot
    app: AsyncWebClient

    @property
    def chat(self) -> int:
        return self.page.people.chats["private"]

    @property
    def group(self) -> int:
        return self.page.people.chats["group"]

    @property
    def channel(self) -> str:
        return self.page.people.channels["channel"]

    @property
    def dm(self) -> str:
        return self.page.people.channels["dm"]

    @property
    def asker(self) -> str:
        return next(person.id for person in self.slack.world.people.values() if person.name == "Ann")

    async def stream(self, root: str, text: str) -> str:
        """Begin an answer in the thread of *root*; its ts."""
        begun = await self.app.chat_startStream(
            channel=self.channel,
            thread_ts=root,
            recipient_user_id=self.asker,
            recipient_team_id=self.slack.team,
            markdown_text=text,
        )
        return str(begun["ts"])


@pytest_asyncio.fixture(loop_scope="module")
async def world() -> AsyncIterator[World]:
    """The demo's page between both platforms, and a client of either."""
    async with Telegram() as tg, Slack() as slack, Page(tg, slack) as page, aiohttp.ClientSession() as session:
        tg.bot().updates.drop()  # that there is a topic
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        async with Bot(tg.token, base_url=f"{tg.url}/bot", request=request) as bot:
            app = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, session=session)
            yield World(page=page, telegram=tg, slack=slack, bot=bot, app=app)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, started once."""
    async with async_playwright() as player:
        chromium = await player.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(world: World, browser: Browser) -> AsyncIterator[Tab]:
    """The page in a browser that must not complain about anything."""
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE)
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    tab = await context.new_page()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    await tab.goto(world.page.url)
    await expect(tab.get_by_test_id("live")).to_have_attribute("data-live", "true")
    yield tab
    await context.close()

    # That a connection was lost is the browser's to write down, and the page's to show.
    assert [] == [complaint for complaint in complaints if "net::ERR_" not in complaint]


async def says(place: Locator, text: str) -> None:
    """Type and press Enter, as people do, and see it said."""
    said = place.locator("article")
    before = await said.count()
    await place.get_by_test_id("input").fill(text)
    await place.get_by_test_id("input").press("Enter")
    await expect(said).not_to_have_count(before)


def by(place: Locator, who: str, state: str = "final") -> Locator:
    return place.locator(f'[data-from="{who}"][data-state="{state}"]')


def entity(kind: str, text: str, part: str, **more: Any) -> MessageEntity:
    """*part* of *text* as an entity, counted as Telegram counts."""
    before, length = (len(piece.encode("utf-16-le")) // 2 for piece in (text[: text.index(part)], part))
    return MessageEntity(kind, before, length, **more)


class TestTelegramPrivate:
    pytestmark = browsing

    async def test_a_draft_grows_in_its_bubble_until_the_answer_takes_its_place(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")

        await says(place, "hello")
        await expect(by(place, "person")).to_contain_text("hello")
        for draft in ("", "Once", "Once upon a time"):
            await world.bot.send_message_draft(world.chat, 7, draft)
            await expect(by(place, "bot", "draft")).to_contain_text(draft or "Thinking…")
        await world.bot.send_message(world.chat, "Once upon a time.")

        await expect(by(place, "bot")).to_contain_text("Once upon a time.")
        await expect(by(place, "bot", "draft")).to_have_count(0)

    async def test_a_draft_is_stopped_by_telegrams_own_button_where_the_bot_lets_it(
        self, world: World, tab: Tab
    ) -> None:
        stop = tab.get_by_test_id("telegram-private").get_by_test_id("stop")
        await says(tab.get_by_test_id("telegram-private"), "hello")
        await world.bot.send_message_draft(world.chat, 7, "On and")
        await expect(by(tab.get_by_test_id("telegram-private"), "bot", "draft")).to_contain_text("On and")
        await expect(stop).to_have_count(0)
        await world.bot.send_message_draft(world.chat, 7, "On and on", api_kwargs={"can_stop": True})
        await stop.click()

        await expect(by(tab.get_by_test_id("telegram-private"), "bot", "draft")).to_have_count(0)
        _, stopped = await world.bot.get_updates(timeout=10)
        assert 7 == stopped.api_kwargs["stopped_message_generation"]["draft_id"]

    async def test_an_album_is_one_bubble_with_all_its_pictures(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")

        await world.bot.send_media_group(world.chat, [InputMediaPhoto(PNG) for _ in range(3)])
        await world.bot.send_photo(world.chat, PNG)

        await expect(by(place, "bot")).to_have_count(2)
        await expect(place.locator(".album .picture")).to_have_count(3)
        await expect(place.locator(".picture")).to_have_count(4)

    async def test_the_newest_stays_in_view_when_the_pictures_above_it_have_come(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")
        await world.bot.send_message(world.chat, "\n".join(map(str, range(60))))
        await world.bot.send_media_group(world.chat, [InputMediaPhoto(PNG) for _ in range(3)])
        await expect(place.locator(".album .picture")).to_have_count(3)
        await world.bot.send_message(world.chat, "the newest")

        await place.locator(".album .picture").last.evaluate("picture => picture.decode()")
        await expect(place.get_by_text("the newest")).to_be_in_viewport()

    async def test_pictures_fill_their_bubble_and_a_long_label_is_cut_as_telegram_does(
        self, world: World, tab: Tab
    ) -> None:
        place = tab.get_by_test_id("telegram-private")
        buttons = [[InlineKeyboardButton(label, callback_data="q")] for label in ("Why?", "Why is that so? " * 9)]
        await world.bot.send_photo(world.chat, PNG, reply_markup=InlineKeyboardMarkup(buttons))
        bubble, picture = place.locator(".bubble"), place.locator(".picture")
        await expect(place.locator(".button")).to_have_count(2)

        short, long = [await one.bounding_box() for one in await place.locator(".button").all()]
        assert short is not None
        assert long is not None
        assert short["height"] == long["height"]
        await picture.evaluate("picture => picture.decode()")  # only then it has its height
        assert await bubble.bounding_box() == await picture.bounding_box()

    async def test_entities_are_drawn_where_telegram_counts_them(self, world: World, tab: Tab) -> None:
        """Telegram counts in UTF-16, so what follows an emoji shows who counted wrong."""
        text = "👋🏽 bold and code\nwise words\nprint('<b>')\nlink gone"
        marks = [
            entity("bold", text, "bold"),
            entity("code", text, "code"),
            entity("blockquote", text, "wise words"),
            entity("pre", text, "print('<b>')", language="python"),
            entity("text_link", text, "link", url="https://example.com/"),
            entity("strikethrough", text, "gone"),
        ]

        await world.bot.send_message(world.chat, text, entities=marks)

        said = by(tab.get_by_test_id("telegram-private"), "bot").locator(".text")
        for tag, part in {"strong": "bold", "code >> nth=0": "code", "blockquote": "wise words", "s": "gone"}.items():
            await expect(said.locator(tag)).to_have_text(part)
        await expect(said.locator("pre")).to_have_text("print('<b>')")
        await expect(said.locator(".language")).to_have_text("python")
        await expect(said.locator("a")).to_have_attribute("href", "https://example.com/")

    async def test_typing_shows_until_the_bot_has_spoken(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")

        await world.bot.send_chat_action(world.chat, "typing")
        await expect(place.get_by_text("typing…", exact=True)).to_be_visible()
        await world.bot.send_message(world.chat, "Done.")

        await expect(place.get_by_text("typing…", exact=True)).to_have_count(0)

    async def test_a_typing_nobody_renews_goes_by_itself(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")
        await world.bot.send_chat_action(world.chat, "typing")
        await expect(place.get_by_text("typing…", exact=True)).to_be_visible()

        world.telegram.world.skew += 6  # nothing is told of this: time only passes

        await expect(place.get_by_text("typing…", exact=True)).to_have_count(0)

    async def test_a_button_under_a_message_is_pressed(self, world: World, tab: Tab) -> None:
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await world.bot.send_message(world.chat, "Shall I?", reply_markup=markup)

        await tab.get_by_test_id("telegram-private").get_by_role("button", name="More").click()
        (update,) = await world.bot.get_updates(timeout=10)

        assert update.callback_query is not None
        assert "more" == update.callback_query.data

    async def test_what_a_pressed_button_answers_is_shown_for_a_moment(self, world: World, tab: Tab) -> None:
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("More", callback_data="more")]])
        await world.bot.send_message(world.chat, "Shall I?", reply_markup=markup)
        await tab.get_by_test_id("telegram-private").get_by_role("button", name="More").click()
        (update,) = await world.bot.get_updates(timeout=10)
        assert update.callback_query is not None
        toasts = tab.get_by_test_id("telegram-toasts")

        await world.bot.answer_callback_query(update.callback_query.id, "This is for who asked. 这是给提问者的。")
        await expect(toasts).to_have_text("This is for who asked. 这是给提问者的。")
        world.telegram.pass_time(5)

        await expect(toasts).to_be_empty()

    async def test_the_menu_offers_the_bots_commands_and_says_the_chosen_one(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")
        await expect(place.get_by_test_id("open-menu")).to_be_hidden()
        await world.bot.set_my_commands([("new", "Start afresh"), ("link", "Join two chats")])
        await world.bot.set_my_commands([("new", "Begin anew")], language_code="en")

        await place.get_by_test_id("open-menu").click()
        await expect(place.get_by_test_id("menu").get_by_role("button")).to_have_text(["Begin anew/new"])
        await place.get_by_test_id("menu").get_by_role("button").click()
        await expect(by(place, "person")).to_contain_text("/new")

        await expect(place.get_by_test_id("menu")).to_be_hidden()

    async def test_a_voice_message_can_be_played_and_is_called_so(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")

        await world.bot.send_voice(world.chat, b"OggS a voice")

        await expect(by(place, "bot").get_by_role("button", name="Play the voice message, 0:01")).to_be_visible()
        await expect(tab.get_by_test_id("open-telegram-private")).to_contain_text("Voice message")

    async def test_what_grows_by_itself_stays_followed(self, world: World, tab: Tab) -> None:
        """Pictures have their height late: the log is told of a scroll when it no longer ends where it did."""
        place = tab.get_by_test_id("telegram-private")
        await world.bot.send_message(world.chat, "\n".join(map(str, range(60))))
        await expect(by(place, "bot")).to_be_in_viewport()
        await place.get_by_test_id("messages").evaluate(
            "log => { log.lastElementChild.style.paddingBottom = '300px'; log.dispatchEvent(new Event('scroll')); }"
        )

        await world.bot.send_message(world.chat, "the newest")

        await expect(place.get_by_text("the newest")).to_be_in_viewport()

    async def test_enter_that_ends_a_chinese_word_sends_nothing(self, world: World, tab: Tab) -> None:
        field = tab.get_by_test_id("telegram-private").get_by_test_id("input")
        await field.fill("讲个故事")

        await field.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        await expect(field).to_have_value("讲个故事")
        await field.press("Enter")

        await world.telegram.until(lambda: world.telegram.messages(world.chat))
        assert ["讲个故事"] == [message.text for message in world.telegram.messages(world.chat)]


class TestTelegramGroup:
    pytestmark = browsing

    async def test_the_bot_is_mentioned_unless_one_says_otherwise(self, world: World, tab: Tab) -> None:
        await tab.get_by_test_id("open-telegram-group").click()
        place = tab.get_by_test_id("telegram-group")

        await says(place, "hello")
        await expect(by(place, "person")).to_have_count(1)
        await place.get_by_test_id("command").filter(has_text="/new").click()
        await expect(by(place, "person")).to_have_count(2)
        await place.get_by_test_id("mention").click()
        await place.get_by_role("radio", name="Speak as Bob").click()
        await says(place, "not you")
        await expect(by(place, "person")).to_have_count(3)

        said = [(message.sender.first_name, message.text) for message in world.telegram.messages(world.group)]
        assert [("Ann", "@testbot hello"), ("Ann", "/new@testbot"), ("Bob", "not you")] == said

    async def test_a_reply_needs_no_mention_and_an_edit_is_seen(self, world: World, tab: Tab) -> None:
        await tab.get_by_test_id("open-telegram-group").click()
        place = tab.get_by_test_id("telegram-group")
        message = await world.bot.send_message(world.group, "Thinking …")
        await world.bot.edit_message_text("An answer", world.group, message.message_id)
        await expect(by(place, "bot")).to_contain_text("An answer")
        await expect(by(place, "bot")).to_have_attribute("data-edits", "1")

        await by(place, "bot").hover()
        await place.get_by_role("button", name="Reply to").click()
        await says(place, "why?")
        await expect(by(place, "person")).to_contain_text("An answer")

        assert message.message_id == world.telegram.messages(world.group)[-1].reply_to


class TestTelegramTopic:
    pytestmark = browsing

    async def test_shows_what_is_said_there_and_nothing_else(self, world: World, tab: Tab) -> None:
        await tab.get_by_test_id("open-telegram-topic").click()
        place, chat = tab.get_by_test_id("telegram-topic"), world.page.people.chats["topic"]
        topic = world.page.people.topics["topic"]

        await says(place, "where is my order?")
        await expect(by(place, "person")).to_contain_text("where is my order?")
        await world.bot.send_chat_action(chat, "typing", message_thread_id=topic)
        await expect(place.get_by_text("typing…", exact=True)).to_be_visible()
        await world.bot.send_message(chat, "Elsewhere.")
        await world.bot.send_message(chat, "On its way.", message_thread_id=topic)

        await expect(by(place, "bot")).to_have_text(re.compile("On its way."))
        await expect(place.get_by_text("typing…", exact=True)).to_have_count(0)
        [question, *_] = world.telegram.messages(chat, topic)[1:]
        assert ("@testbot where is my order?", topic) == (question.text, question.thread)

    async def test_is_called_by_its_name_and_its_group(self, world: World, tab: Tab) -> None:
        forum = world.telegram.world.groups[world.page.people.chats["topic"]]
        opener, place = tab.get_by_test_id("open-telegram-topic"), tab.get_by_test_id("telegram-topic")
        await opener.click()
        await expect(place.get_by_role("heading")).to_have_text("Orders")
        await expect(opener).to_contain_text("Orders")

        forum.topics[world.page.people.topics["topic"]], forum.title = "退货 · Returns", "商店"
        world.telegram.changed()

        await expect(place.get_by_role("heading")).to_have_text("退货 · Returns")
        await expect(place.get_by_text("a topic of 商店: Ann, Bob and the bot")).to_be_visible()
        await expect(opener).to_contain_text("退货 · Returns")


class TestSlack:
    pytestmark = browsing

    async def test_an_answer_streams_in_the_thread_of_its_question(self, world: World, tab: Tab) -> None:
        channel, thread = tab.get_by_test_id("slack-channel"), tab.get_by_test_id("slack-thread")

        await says(channel, "hello")
        await expect(by(thread, "person")).to_contain_text("@Coze hello")
        root = world.slack.messages(world.channel)[0].ts
        await world.app.assistant_threads_setStatus(
            channel_id=world.channel, thread_ts=root, status="is thinking…", loading_messages=["Looking into it…"]
        )
        await expect(thread.get_by_test_id("status")).to_have_text("Coze is thinking…")
        await world.app.assistant_threads_setStatus(
            channel_id=world.channel, thread_ts=root, status="is reading…", loading_messages=["Looking into it…"]
        )
        await expect(thread.get_by_test_id("status")).to_have_text("Looking into it…")
        answer = await world.stream(root, "It **takes")
        await expect(by(thread, "bot", "streaming").locator(".cursor")).to_be_visible()
        await expect(thread.get_by_test_id("status")).to_be_empty()
        await world.app.chat_appendStream(channel=world.channel, ts=answer, markdown_text=" time**.")
        await expect(by(thread, "bot", "streaming").locator("strong")).to_have_text("takes time")
        await world.app.chat_stopStream(channel=world.channel, ts=answer)

        await expect(by(thread, "bot").locator(".text")).to_have_text("It takes time.")
        await expect(thread.locator(".cursor")).to_have_count(0)

    async def test_a_click_opens_a_thread_where_nobody_needs_a_mention(self, world: World, tab: Tab) -> None:
        channel, thread = tab.get_by_test_id("slack-channel"), tab.get_by_test_id("slack-thread")
        await channel.get_by_test_id("mention").click()
        await says(channel, "just talking")
        await expect(thread).to_be_hidden()

        await by(channel, "person").click()
        await says(thread, "and more")
        await expect(by(thread, "person")).to_have_count(2)
        await expect(channel.get_by_test_id("replies")).to_have_text("A1 reply")

        root, reply = world.slack.messages(world.channel)
        assert (root.ts, "and more") == (reply.thread_ts, reply.text)

    async def test_a_person_stops_a_stream(self, world: World, tab: Tab) -> None:
        await says(tab.get_by_test_id("slack-channel"), "hello")
        await world.slack.until(lambda: world.slack.messages(world.channel))
        await world.stream(world.slack.messages(world.channel)[0].ts, "On and on")

        await tab.get_by_test_id("slack-thread").get_by_role("button", name="Stop", exact=True).click()

        await expect(by(tab.get_by_test_id("slack-thread"), "bot")).to_contain_text("Stopped")

    async def test_a_command_is_no_message_and_what_it_says_is_for_one_person(self, world: World, tab: Tab) -> None:
        await tab.get_by_test_id("open-slack-dm").click()
        place = tab.get_by_test_id("slack-dm")

        await place.get_by_test_id("command").filter(has_text="/new").click()
        await world.slack.until(lambda: world.slack.deliveries)
        await world.app.chat_postEphemeral(channel=world.dm, user=world.asker, text="Forgotten.")

        await expect(by(place, "bot")).to_contain_text("Only visible to Ann")
        assert [] == world.slack.messages(world.dm)
        payload = world.slack.deliveries[0].payload
        assert ("/coze", "new") == (payload["command"], payload["text"])

    async def test_what_is_said_for_one_person_is_no_reply(self, world: World, tab: Tab) -> None:
        channel, thread = tab.get_by_test_id("slack-channel"), tab.get_by_test_id("slack-thread")
        await says(channel, "hello")
        root = world.slack.messages(world.channel)[0].ts
        await world.app.chat_postMessage(channel=world.channel, thread_ts=root, text="Hello.")
        await world.app.chat_postEphemeral(channel=world.channel, thread_ts=root, user=world.asker, text="Thank you.")

        await expect(by(thread, "bot").last).to_contain_text("Only visible to Ann")
        await expect(channel.get_by_test_id("replies")).to_have_text("C1 reply")

    async def test_a_command_in_a_thread_is_said_to_the_bot(self, world: World, tab: Tab) -> None:
        """Slack has no slash commands in threads."""
        await says(tab.get_by_test_id("slack-channel"), "hello")
        thread = tab.get_by_test_id("slack-thread")

        await thread.get_by_test_id("command").filter(has_text="/stop").click()

        await expect(by(thread, "person").last).to_contain_text("@Coze stop")

    async def test_the_shortcut_opens_the_apps_form_and_sends_it_off(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("slack-channel")
        await says(place, "The bridge is closed")
        before = len(world.slack.deliveries)
        await place.locator("article").last.get_by_test_id("ask-about").click()
        await world.slack.until(lambda: len(world.slack.deliveries) > before)
        action = world.slack.deliveries[-1].payload
        field = {"type": "plain_text_input", "action_id": "words", "max_length": 3000}
        label = {"type": "plain_text", "text": "Your question"}
        await world.app.views_open(
            trigger_id=action["trigger_id"],
            view={
                "type": "modal",
                **{name: {"type": "plain_text", "text": name} for name in ("title", "submit", "close")},
                "blocks": [{"type": "input", "block_id": "words", "label": label, "element": field}],
            },
        )
        await tab.get_by_test_id("question").fill("until when?")
        await tab.get_by_role("dialog").get_by_role("button", name="submit").click()
        await expect(tab.get_by_role("dialog")).to_have_count(0)
        await world.slack.until(lambda: world.slack.deliveries[-1].payload["type"] == "view_submission")

        assert "The bridge is closed" in action["message"]["text"]
        submitted = world.slack.deliveries[-1].payload["view"]["state"]["values"]["words"]["words"]
        assert "until when?" == submitted["value"]

    async def test_the_home_tab_is_filled_when_it_is_opened_and_asks_before_it_forgets(
        self, world: World, tab: Tab
    ) -> None:
        before = len(world.slack.deliveries)
        await tab.get_by_test_id("open-slack-home").click()
        await world.slack.until(lambda: len(world.slack.deliveries) > before)
        plain = {"type": "plain_text", "text": "Forget me"}
        button = {"type": "button", "action_id": "forget_me", "text": plain, "confirm": {"title": plain, "text": plain}}
        section = {"type": "section", "text": {"type": "mrkdwn", "text": "*Ada* answers"}, "accessory": button}
        await world.app.views_publish(user_id=world.asker, view={"type": "home", "blocks": [section]})
        await expect(tab.get_by_test_id("home").locator("strong")).to_have_text("Ada")
        tab.once("dialog", lambda dialog: dialog.accept())
        await tab.get_by_test_id("forget_me").click()
        await world.slack.until(lambda: world.slack.deliveries[-1].payload["type"] == "block_actions")

        assert "app_home_opened" == world.slack.deliveries[before].event["type"]

    async def test_a_button_is_pressed(self, world: World, tab: Tab) -> None:
        button = {"type": "button", "text": {"type": "plain_text", "text": "More"}, "action_id": "more", "value": "7"}
        blocks: list[dict[str, Any]] = [
            {"type": "markdown", "text": "**Shall** I?"},
            {"type": "actions", "elements": [button]},
        ]
        await tab.get_by_test_id("open-slack-dm").click()
        await world.app.chat_postMessage(channel=world.dm, text="Shall I?", blocks=blocks)
        world.slack.deliveries.clear()

        await tab.get_by_test_id("slack-dm").get_by_role("button", name="More").click()
        await world.slack.until(lambda: world.slack.deliveries)

        assert "7" == world.slack.deliveries[0].payload["actions"][0]["value"]


MARKDOWN = {
    "# One\n## Two": '<h3 class="level-1">One</h3><h4 class="level-2">Two</h4>',
    "**b** *i* _i_ ~~s~~ `c*d*`": "<p><strong>b</strong> <em>i</em> <em>i</em> <s>s</s> <code>c*d*</code></p>",
    "**b _i_**": "<p><strong>b <em>i</em></strong></p>",
    "snake_case_name and 2 * 3 * 4": "<p>snake_case_name and 2 * 3 * 4</p>",
    r"\*not\* **open": "<p>*not* **open</p>",
    "&lt;b&gt; <b>x</b>": "<p>&lt;b&gt; &lt;b&gt;x&lt;/b&gt;</p>",
    "3. c\n4. d": '<ol start="3"><li>c</li><li>d</li></ol>',
    "- a\n  - b\n- c": "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
    "> a\n> b": "<blockquote><p>a\nb</p></blockquote>",
    "[x](javascript:alert(1))": "<p><span>x</span></p>",
    "hi <@U1> <!here>": '<p>hi <span class="mention">@Ann</span> <span class="mention">@here</span></p>',
    "| a | b |\n|---|--:|\n| *x* | 1 |": (
        '<div class="table"><table><thead><tr><th class="align-left">a</th><th class="align-right">b</th></tr></thead>'
        '<tbody><tr><td class="align-left"><em>x</em></td><td class="align-right">1</td></tr></tbody></table></div>'
    ),
}  # fmt: skip


class TestText:
    pytestmark = browsing

    async def test_markdown_is_drawn_as_slack_draws_it(self, tab: Tab) -> None:
        assert MARKDOWN == {source: await drawn_from(tab, "markdown", source) for source in MARKDOWN}

    async def test_a_fence_that_is_still_open_is_code_already(self, tab: Tab) -> None:
        drawn = await drawn_from(tab, "markdown", "so:\n```python\na = '**b**'\n")

        assert "<code>a = '**b**'\n</code>" in drawn

    async def test_what_people_type_is_slacks_own_dialect(self, tab: Tab) -> None:
        drawn = await drawn_from(tab, "mrkdwn", "*b* _i_ ~s~ &lt;x&gt; <https://example.com|home>\n&gt; q")

        link = '<a href="https://example.com" target="_blank" rel="noopener noreferrer">home</a>'
        assert (
            f"<p><strong>b</strong> <em>i</em> <s>s</s> &lt;x&gt; {link}</p><blockquote><p>q</p></blockquote>" == drawn
        )

    async def test_a_text_of_nothing_but_marks_is_drawn_too(self, tab: Tab) -> None:
        """A model that has lost its way must not take the page with it."""
        for mark in (">", "*", "[", "`", "- ", "|", "<"):
            assert await drawn_from(tab, "markdown", mark * 5_000)

    async def test_nobodys_words_become_part_of_the_page(self, world: World, tab: Tab) -> None:
        attack = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

        await world.bot.send_message(world.chat, attack)
        await world.app.chat_postMessage(channel=world.channel, markdown_text=attack)

        await expect(by(tab.get_by_test_id("telegram-private"), "bot")).to_contain_text(attack)
        await expect(by(tab.get_by_test_id("slack-channel"), "bot")).to_contain_text(attack)
        await expect(tab.locator("main img")).to_have_count(0)
        await expect(tab).to_have_title("coze-bridge · demo")


class TestThePage:
    pytestmark = browsing

    async def test_a_suggestion_in_the_head_is_said_on_both_platforms(self, world: World, tab: Tab) -> None:
        await tab.get_by_test_id("both-suggestion").filter(has_text="hello").click()

        await expect(by(tab.get_by_test_id("telegram-private"), "person")).to_contain_text("hello")
        await expect(by(tab.get_by_test_id("slack-thread"), "person")).to_contain_text("@Coze hello")

    async def test_it_follows_the_newest_message_unless_the_person_reads_on_above(self, world: World, tab: Tab) -> None:
        place = tab.get_by_test_id("telegram-private")
        log = place.get_by_test_id("messages")
        await world.bot.send_message(world.chat, "\n".join(map(str, range(100))))
        await world.bot.send_message(world.chat, "the newest")
        await expect(place.get_by_text("the newest")).to_be_in_viewport()

        await log.evaluate("log => log.scrollTo(0, 0)")
        await expect(place.get_by_role("button", name="Scroll to the newest")).to_be_visible()
        await world.bot.send_message(world.chat, "newer still")
        await expect(place.get_by_text("newer still")).to_have_count(1)
        await expect(place.get_by_text("newer still")).not_to_be_in_viewport()
        await place.get_by_role("button", name="Scroll to the newest").click()

        await expect(place.get_by_text("newer still")).to_be_in_viewport()

    async def test_a_place_one_does_not_look_at_counts_what_came(self, world: World, tab: Tab) -> None:
        await world.bot.send_message(world.group, "one")
        await world.bot.send_message(world.group, "two")

        await expect(tab.get_by_test_id("open-telegram-group").locator(".unread")).to_have_text("2")

    async def test_nothing_sticks_out_at_any_width(self, world: World, tab: Tab) -> None:
        await world.bot.send_message(world.chat, "long" * 200)
        await world.app.chat_postMessage(channel=world.channel, markdown_text="| a | b |\n|-|-|\n" + "| x | y |\n" * 9)
        await expect(by(tab.get_by_test_id("slack-channel"), "bot").locator("td")).to_have_count(18)
        overhang = {}

        for width in (1920, 1440, 1024, 768, 390, 320):
            await tab.set_viewport_size({"width": width, "height": 844})
            overhang[width] = await tab.evaluate("document.documentElement.scrollWidth - innerWidth")

        assert [] == [width for width, pixels in overhang.items() if pixels > 0]

    async def test_every_place_has_somewhere_to_type_and_something_to_press(self, tab: Tab) -> None:
        for place in map(
            tab.get_by_test_id, ("telegram-private", "telegram-group", "slack-channel", "slack-thread", "slack-dm")
        ):
            await expect(place.get_by_test_id("input")).to_have_count(1)
            await expect(place.get_by_test_id("send")).to_have_count(1)
            await expect(place.get_by_test_id("command")).to_have_text(["/new", "/stop", "/status", "/help"])

    async def test_it_says_so_when_the_demo_ends_and_goes_on_when_it_is_back(self, world: World, tab: Tab) -> None:
        await world.page.go_away()
        await expect(tab.get_by_test_id("live")).to_have_attribute("data-live", "false")

        await world.page.come_back()

        await expect(tab.get_by_test_id("live")).to_have_attribute("data-live", "true")


async def drawn_from(tab: Tab, dialect: str, source: str) -> str:
    """What the page's renderer makes of *source*."""
    script = """async ([dialect, source]) => {
        const text = await import("/static/markdown.js"), box = document.createElement("div");
        box.append(text[dialect](source, { U1: "Ann" }));
        return box.innerHTML;
    }"""
    return str(await tab.evaluate(script, [dialect, source]))


class TestTheWire:
    async def test_however_much_changes_a_page_is_told_once(self, world: World) -> None:
        async with aiohttp.ClientSession() as session, session.get(f"{world.page.url}/feed") as feed:
            while b"event: slack-form" not in await feed.content.readuntil(b"\n\n"):
                pass

            for number in range(500):
                world.telegram.says(world.telegram.world.people[world.chat], str(number))
            told = await feed.content.readuntil(b"\n\n")
            await world.bot.send_message(world.group, "over")
            afterwards = await feed.content.readuntil(b"\n\n")

        assert b'"text": "499"' in told
        assert afterwards.startswith((b"event: telegram-group", b":"))

    @pytest.mark.parametrize(
        "body",
        [
            [],
            {"platform": "telegram", "place": "nowhere", "text": "hello"},
            {"platform": "slack", "place": "dm", "who": "eve", "text": "hello"},
            {"platform": "slack", "place": "dm", "text": "  "},
            {"platform": "slack", "place": "dm", "text": 7},
            {"text": "hello"},
        ],
    )
    async def test_what_cannot_be_said_is_refused(self, world: World, body: object) -> None:
        async with aiohttp.ClientSession() as session, session.post(f"{world.page.url}/say", json=body) as answer:
            assert 400 == answer.status

    async def test_another_sites_form_cannot_speak(self, world: World) -> None:
        body = '{"platform": "telegram", "place": "private", "text": "hello"}'
        async with aiohttp.ClientSession() as session, session.post(f"{world.page.url}/say", data=body) as answer:
            assert 415 == answer.status
        assert [] == world.telegram.messages(world.chat)

    async def test_files_are_served_and_only_pictures_are_shown(self, world: World) -> None:
        await world.bot.send_photo(world.chat, b"\x89PNG\r\n\x1a\n")
        await world.bot.send_document(world.chat, b"<script>", filename="page.html")
        served = []
        async with aiohttp.ClientSession() as session:
            for key in world.telegram.world.files:
                async with session.get(f"{world.page.url}/files/telegram/{key}") as answer:
                    served.append((answer.content_type, answer.headers.get("Content-Disposition")))

        assert [("image/jpeg", None), ("application/octet-stream", "attachment")] == served


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("width", [1360, 2000, 390])
async def test_the_console_of_what_answers_here_stands_beside_the_chats(browser: Browser, width: int) -> None:
    """What is asked on the page is seen there; nobody types a token. Where there is no room for it, a press opens it."""
    shown: asyncio.Queue[str] = asyncio.Queue()
    showing = asyncio.create_task(demo.show(0, shown.put_nowait))
    try:
        tab = await browser.new_page(viewport={"width": width, "height": 900})
        tab.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        await tab.goto(await asyncio.wait_for(shown.get(), PATIENCE / 1000))
        press, console = tab.get_by_test_id("console"), tab.frame_locator("[data-testid=console-frame]")
        if width < 1700:
            await expect(tab.get_by_test_id("console-frame")).to_be_hidden()
            await press.click()
        await expect(console.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        await expect(console.get_by_text("connected", exact=True)).to_have_count(2)
        await says(tab.get_by_test_id("telegram-private"), "hello")
        await console.get_by_role("link", name="People").click()
        await expect(console.get_by_role("button", name="Pause helpdesk:")).to_be_visible()
        await console.get_by_role("button", name="Pause helpdesk:").click()
        await expect(console.get_by_role("status")).to_contain_text("Paused")
        assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await console.get_by_role("button", name="Log out").click()
        await console.get_by_label("Admin token").fill("sesame")
        await console.get_by_role("button", name="Log in").click()
        await expect(console.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        assert "token" not in await tab.content()
        await tab.get_by_role("button", name="Close the console").click()
        await expect(tab.get_by_test_id("console-frame")).to_be_hidden()
        await tab.context.close()
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)

"""Files, tokens, scopes, limits, and faults on demand."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Limits, Slack
from tests.wire.simulators.slack.harness import Ears, refused, start

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")


async def test_an_uploaded_file_appears_and_can_be_fetched(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.files_upload_v2(
        channel=place, thread_ts=root, filename="a.txt", content="hello", initial_comment="here"
    )
    (message,) = await slack.until(lambda: [m for m in slack.messages(place, root) if m.bot])

    assert ("here", "a.txt", b"hello") == (message.text, message.files[0].name, message.files[0].data)


async def test_a_stranger_who_wants_a_file_is_shown_a_login_page(slack: Slack, ears: Ears) -> None:
    """With 200, so that whoever trusts the status keeps the page for the file."""
    ann = slack.person("ann")
    slack.says(ann, "look", files=[slack.file(ann, "a.pdf", b"%PDF")])
    await slack.settled()
    url = ears.events[0]["files"][0]["url_private_download"]

    async with aiohttp.ClientSession() as session:
        stranger = await session.get(url)
        bot = await session.get(url, headers={"authorization": f"Bearer {slack.bot_token}"})

        assert "file_share" == ears.events[0]["subtype"]
        assert (200, "text/html") == (stranger.status, stranger.content_type)
        assert b"%PDF" == await bot.read()


async def test_of_a_foreign_file_only_the_id_is_told(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    bob = slack.person("bob", team="T0EXT")
    slack.says(bob, "look", files=[slack.file(bob, "a.pdf", b"%PDF", access="check_file_info")])
    await slack.settled()

    (told,) = ears.events[0]["files"]
    assert {"id", "mode", "file_access"} == set(told)
    assert "a.pdf" == (await client.files_info(file=told["id"]))["file"]["name"]
    assert ("T0EXT", True) == (ears.events[0]["user_team"], ears.heard[0].payload["is_ext_shared_channel"])


async def test_tokens_and_scopes_are_checked(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    stranger, app = (AsyncWebClient(token=token, base_url=slack.api_url) for token in ("xoxb-other", slack.app_token))

    assert "chat:write" in (await client.auth_test()).headers["x-oauth-scopes"]
    assert "invalid_auth" == await refused(stranger.auth_test())
    assert "not_allowed_token_type" == await refused(app.chat_postMessage(channel=desk, text="x"))
    assert "unknown_method" == await refused(client.api_call("chat.sing"))
    slack.scopes.discard("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=desk, text="x")
    assert ("missing_scope", "chat:write") == tuple(caught.value.response[key] for key in ("error", "needed"))


async def test_documented_limits_can_be_switched_on(slack: Slack, client: AsyncWebClient) -> None:
    desk, other = slack.channel("help"), slack.channel("other")
    slack.limits = Limits(post_burst=2, speed=0.001)

    for _ in range(2):
        await client.chat_postMessage(channel=desk, text="x")
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=desk, text="x")
    await client.chat_postMessage(channel=other, text="x")

    response = caught.value.response
    assert (429, "ratelimited") == (response.status_code, response["error"])
    assert int(response.headers["retry-after"]) >= 1
    assert 2 == len(slack.bot_texts(desk))


async def test_streams_are_the_scarcest(slack: Slack, client: AsyncWebClient) -> None:
    """Twenty starts a minute for the whole workspace, however many threads there are."""
    slack.limits = Limits(speed=0.001)
    ann = slack.person("ann")
    root, place = slack.says(ann, "hi"), slack.dm(ann)

    for _ in range(20):
        await start(client, ann, place, root)

    assert "ratelimited" == await refused(start(client, ann, place, root))


async def test_an_answer_can_get_lost_after_the_deed(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    slack.faults.add("chat.postMessage", apply=True, cut=True)

    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=desk, text="once")

    assert ["once"] == slack.bot_texts(desk)


async def test_errors_can_be_ordered(slack: Slack, client: AsyncWebClient) -> None:
    desk = slack.channel("help")
    slack.faults.add("chat.postMessage", status=429, headers={"Retry-After": "7"})
    slack.faults.add("chat.postMessage", status=200, body={"ok": False, "error": "fatal_error"})

    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel=desk, text="x")

    assert "7" == limited.value.response.headers["Retry-After"]
    assert "fatal_error" == await refused(client.chat_postMessage(channel=desk, text="x"))
    assert [] == slack.bot_texts(desk)


async def test_gone_away_it_comes_back_with_all_it_knew(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    await slack.go_away()
    slack.says(ann, "hello", desk)
    await slack.until(lambda: len(slack.deliveries[0].reasons) == 2)

    with pytest.raises(aiohttp.ClientError):
        await client.auth_test()
    await slack.come_back()
    await slack.until(lambda: slack.sockets.open)
    slack.hurry()
    await slack.settled()

    assert ["hello"] == [event["text"] for event in ears.events]

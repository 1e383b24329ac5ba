"""People, places, history, reactions and the home tab."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from simulators.slack import Slack
from tests.wire.simulators.slack.harness import Ears, refused

pytestmark = pytest.mark.filterwarnings("ignore:The top-level `text` argument is missing:UserWarning")


async def test_people_and_places_can_be_looked_up(slack: Slack, client: AsyncWebClient) -> None:
    ann, bob = slack.person("ann", locale="de-DE"), slack.person("bob")
    desk = slack.channel("help", members=[ann])

    assert "de-DE" == (await client.users_info(user=ann.id, include_locale=True))["user"]["locale"]
    assert "user_not_found" == await refused(client.users_info(user="U404"))
    assert (await client.conversations_info(channel=slack.dm(ann)))["channel"]["is_im"]
    assert slack.dm(ann) == (await client.conversations_open(users=ann.id))["channel"]["id"]
    assert slack.mpim([ann, bob]) == (await client.conversations_open(users=[ann.id, bob.id]))["channel"]["id"]
    assert sorted([ann.id, slack.bot_user]) == (await client.conversations_members(channel=desk))["members"]


async def test_a_long_history_comes_in_pages(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    desk = slack.channel("help", members=[ann])
    for number in range(5):
        slack.says(ann, str(number), desk)

    first = await client.conversations_history(channel=desk, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=desk, limit=3, cursor=cursor)

    assert ["4", "3", "2", "1", "0"] == [m["text"] for page in (first, second) for m in page["messages"]]
    assert (True, False) == (first["has_more"], second["has_more"])


async def test_a_reaction_stands_once(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    ts, place = slack.says(ann, "hi"), slack.dm(ann)

    await client.reactions_add(channel=place, timestamp=ts, name="eyes")

    assert {("eyes", slack.bot_user)} == slack.message(ts).reactions
    assert "already_reacted" == await refused(client.reactions_add(channel=place, timestamp=ts, name="eyes"))
    await client.reactions_remove(channel=place, timestamp=ts, name="eyes")
    assert "no_reaction" == await refused(client.reactions_remove(channel=place, timestamp=ts, name="eyes"))


async def test_the_home_tab_shows_what_was_published(slack: Slack, client: AsyncWebClient, ears: Ears) -> None:
    ann = slack.person("ann")
    slack.opens_home(ann)
    await slack.settled()

    await client.views_publish(user_id=ann.id, view={"type": "home", "blocks": [{"type": "divider"}]})

    assert "home" == ears.events[0]["tab"]
    assert [{"type": "divider"}] == slack.home[ann.id]["blocks"]


async def test_a_whisper_is_seen_by_one_person(slack: Slack, client: AsyncWebClient) -> None:
    ann, bob = slack.person("ann"), slack.person("bob")
    desk = slack.channel("help", members=[ann])

    await client.chat_postEphemeral(channel=desk, user=ann.id, text="psst")

    assert [(ann.id, "psst")] == [(whispered.user, whispered.text) for whispered in slack.ephemerals]
    assert "user_not_in_channel" == await refused(client.chat_postEphemeral(channel=desk, user=bob.id, text="psst"))


async def test_where_there_are_blocks_the_text_is_only_the_notification(slack: Slack, client: AsyncWebClient) -> None:
    ann = slack.person("ann")
    block = {"type": "markdown", "text": "# The answer"}

    await client.chat_postMessage(channel=ann.id, text="You have an answer", blocks=[block])

    assert ["# The answer"] == slack.bot_texts(slack.dm(ann))

"""Who may call what: tokens, methods and parameters."""

import httpx
import pytest
import telegram
from telegram import MessageEntity
from telegram.error import InvalidToken

from simulators.telegram import TOKEN
from tests.wire.simulators.telegram.harness import client


async def test_a_bot_learns_who_it_is(tg, bot):
    assert (tg.bot_id, "testbot") == (bot.bot.id, bot.username)
    assert bot.bot.can_read_all_group_messages is False


@pytest.mark.parametrize(
    ("token", "words"),
    [("1:short", "Not Found"), ("999999:a-token-of-the-right-shape-but-revoked-012", "Unauthorized")],
)
async def test_a_wrong_token_is_refused(tg, token, words):
    with pytest.raises(InvalidToken, match=r"was rejected"):
        async with client(tg, token):
            pass

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{tg.url}/bot{token}/getMe")

    assert words == answer.json()["description"]


async def test_an_unknown_method_is_a_404(bot):
    with pytest.raises(telegram.error.EndPointNotFound):
        await bot.do_api_request("sendFlowers")


async def test_methods_are_found_whatever_their_capitals_and_parameters_whatever_their_form(tg, chat):
    async with httpx.AsyncClient(trust_env=False) as http:
        url = f"{tg.url}/bot{TOKEN}/sendmessage"
        await http.post(url, json={"chat_id": chat, "text": "json"})
        await http.post(url, data={"chat_id": chat, "text": "form"})
        await http.post(url, files={"chat_id": (None, str(chat)), "text": (None, "multipart")})
        await http.get(url, params={"chat_id": chat, "text": "query"})

    assert ["json", "form", "multipart", "query"] == tg.bot_texts(chat)


async def test_a_call_is_remembered_with_its_parameters_read(tg, bot, chat):
    await bot.send_message(chat, "hi", entities=[MessageEntity("bold", 0, 2)], disable_notification=True)

    call = tg.called("sendMessage")[-1]
    expected = {
        "chat_id": chat,
        "text": "hi",
        "entities": [{"length": 2, "offset": 0, "type": "bold"}],
        "disable_notification": True,
    }
    assert expected == call.params
    assert call.ok

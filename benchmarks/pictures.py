"""
`python -m benchmarks.pictures FOLDER`: the eight typical answers as the demo's page shows them, side by side.

Each renderer's message is sent to the simulated Telegram by the client library that the daemon uses, and photographed.
"""

import asyncio
import base64
import shutil
import sys
from html import escape
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from telegram import Bot, MessageEntity
from telegram.error import BadRequest
from telegram.request import HTTPXRequest

from benchmarks.rendering import Renderer, renderers
from benchmarks.typical import TYPICAL
from simulators.page import Page
from simulators.slack import Slack
from simulators.telegram import Telegram

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SHEET = """<div id="sheet" style="padding:12px;background:#fff;font:14px system-ui;display:flex;gap:16px;align-items:flex-start;\
width:max-content">{columns}</div>"""
COLUMN = '<div><p style="margin:0 0 6px;color:#555">{name}</p>{picture}</div>'


async def send(bot: Bot, chat: int, renderer: Renderer, answer: str) -> bool:
    """Send *answer*; whether Telegram took it."""
    message = renderer.final(answer)
    entities = [MessageEntity.de_json(entity, bot) for entity in message.get("entities", ())] or None
    try:
        await bot.send_message(chat, message["text"], parse_mode=message.get("parse_mode"), entities=entities)
    except BadRequest:
        return False
    return True


async def photograph(browser: Browser, renderer: Renderer, answer: str) -> bytes | None:
    """The message on the page; None where Telegram refuses it."""
    async with Telegram() as platform, Slack() as slack, Page(platform, slack) as page:
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        async with Bot(platform.token, base_url=f"{platform.url}/bot", request=request) as bot:
            if not await send(bot, page.people.chats["private"], renderer, answer):
                return None
            tab = await browser.new_page(viewport={"width": 1440, "height": 1400})
            await tab.goto(page.url)
            bubble = tab.locator('[data-from="bot"][data-state="final"]').last
            picture = await bubble.screenshot()
            await tab.close()
            return picture


async def sheet(browser: Browser, answer: str) -> bytes:
    """The pictures of all renderers side by side."""
    columns = []
    for renderer in renderers():
        picture = await photograph(browser, renderer, answer)
        shown = (
            f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
            if picture
            else "<i>refused by Telegram</i>"
        )
        columns.append(COLUMN.format(name=escape(renderer.name), picture=shown))
    tab = await browser.new_page(viewport={"width": 1300, "height": 900})
    await tab.set_content(SHEET.format(columns="".join(columns)))
    picture = await tab.locator("#sheet").screenshot()
    await tab.close()
    return picture


async def main(folder: Path) -> None:
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for name, answer in TYPICAL.items():
            (folder / f"rendering-{name}.png").write_bytes(await sheet(browser, answer))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

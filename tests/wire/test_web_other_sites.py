"""Another site's page, open in the browser of an admin who is logged in, does by script whatever a page can: nothing happens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Response, async_playwright

from simulators.coze.script import Fail
from tests.wire.house import ADMIN, PATIENCE
from tests.wire.test_web_console_page import CHROMIUM, SWITCHES

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

ATTACK = """
async ({bridge, forms, push}) => {
  let frames = 0
  const framed = () => document.body.appendChild(Object.assign(document.createElement("iframe"), {name: `f${frames++}`}))
  const posted = (path, options) => fetch(bridge + path, {method: "POST", credentials: "include", ...options}).catch(String)
  for (const [path, fields] of forms) {
    const form = document.body.appendChild(document.createElement("form"))
    Object.assign(form, {method: "post", action: bridge + path, target: framed().name})
    for (const [name, value] of Object.entries(fields)) {
      form.appendChild(Object.assign(document.createElement("input"), {name, value}))
    }
    form.submit()
    posted(path, {mode: "no-cors", body: new URLSearchParams(fields)})
    posted(path, {mode: "cors", body: new URLSearchParams(fields), headers: {Authorization: "Bearer guessed"}})
    new Image().src = `${bridge}${path}?${new URLSearchParams(fields)}`
  }
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/json"]) {
    const body = new Blob([JSON.stringify(push)], {type})
    posted("/api/messages", {mode: "no-cors", body})
    posted("/api/messages", {mode: "cors", body, headers: {"Content-Type": type}})
    navigator.sendBeacon(`${bridge}/api/messages`, body)
  }
  framed().src = `${bridge}/console/people`
  return fetch(`${bridge}/console/people`, {credentials: "include"}).then((page) => page.text(), () => null)
}
"""


@asynccontextmanager
async def another_site() -> AsyncIterator[int]:
    """A page of somebody else's, at a port of this machine."""

    async def page(_request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>Kittens</title>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server:
        assert server.port
        yield server.port


class Answered:
    """What the bridge has answered to what that page has sent."""

    def __init__(self, deeds: int) -> None:
        self.statuses: list[int] = []
        self.everything = asyncio.Event()  #: each deed was tried by form and by script, and a push
        self._expected = 2 * deeds + 2

    def note(self, response: Response) -> None:
        """One more."""
        if response.request.method == "POST":
            self.statuses.append(response.status)
        if len(self.statuses) >= self._expected:
            self.everything.set()


def forms(person, scope):
    """Everything that the console's own forms do, without the token that stands in them."""
    return [
        *(("/console/messages", {"message": "1", "deed": deed}) for deed in ("retry", "drop")),
        *(("/console/people", {"person": person, **deed}) for deed in ({}, {"deed": "pause"})),
        *(("/console/conversations", {"scope": scope, "bot": "assistant", **deed}) for deed in ({}, {"deed": "pause"})),
        ("/console/access", {"code": "ABCD2345"}),
        ("/console/access/revoke", {"person": person}),
        ("/console/logout", {}),
    ]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"], ids=["another site", "another port of the same host"])
async def test_nothing_is_done_and_nothing_is_read(house, host):
    """For browsers a port makes no other site: from there the cookie comes along."""
    house.coze.responder = lambda _: (Fail(code=4000),)
    ann = house.telegram.person("Ann")
    house.telegram.says(ann, "hello")
    await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)
    person, scope = f"helpdesk:{ann.id}", f"person/helpdesk//{ann.id}/{ann.id}"
    deeds = forms(person, scope)
    push = {"adapter": "helpdesk", "chat": str(ann.id), "text": "forged", "key": "forged"}
    async with another_site() as port, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        admin = await (await browser.new_context(base_url=house.url)).new_page()
        await admin.goto("/console")
        await admin.locator("#token").fill(ADMIN)
        await admin.locator("button").click()
        await admin.locator("nav").wait_for()
        before = [await (await admin.goto(f"/console/{page}")).text() for page in ("people", "conversations")]
        kittens, answered = await admin.context.new_page(), Answered(len(deeds))
        kittens.on("response", answered.note)
        await kittens.goto(f"http://{host}:{port}/")
        read = await kittens.evaluate(ATTACK, {"bridge": house.url, "forms": deeds, "push": push})
        await asyncio.wait_for(answered.everything.wait(), PATIENCE)
        after = [await (await admin.goto(f"/console/{page}")).text() for page in ("people", "conversations")]
        await browser.close()

    assert read is None
    assert before == after
    assert person in before[0]
    assert {401, 403} == {*answered.statuses}
    assert 1 == len(await house.dead_letters())
    assert "forged" not in house.telegram.bot_texts(ann.id)

"""The console in a real browser: what an admin sees and does, and what a screen reader can make of it."""

import shutil
from contextlib import asynccontextmanager

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright, expect

from bridge.web.console.console import PAGES
from simulators.coze.script import Fail, Pause, Say
from tests.wire.house import ADMIN, PATIENCE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]

LOOKS = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "chinese": {"locale": "zh-CN"},
}


@asynccontextmanager
async def admin(house, **look):
    """An admin at a page of their own, logged in; what the browser complains of fails the test."""
    complaints = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        page = await (await browser.new_context(base_url=house.url, **look)).new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        await page.goto("/console")
        await page.locator("#token").fill(ADMIN)
        await page.locator("button").click()
        await expect(page.locator("nav")).to_be_visible()
        yield page
        await browser.close()

    assert [] == complaints


@pytest.fixture
async def busy(house):
    """Somebody is being answered, somebody cannot be, and the names are hostile."""
    scripts = {"slow": (Say(("Half of it, ",)), Pause("half"), Say(("whole.",))), "die": (Fail(code=4000),)}
    house.coze.responder = lambda turn: scripts[turn.text]
    for question in scripts:
        house.telegram.says(house.telegram.person(HOSTILE), question)
    await house.coze.until(lambda: "half" in house.coze.paused and len(house.coze.chats) == 2, within=PATIENCE)
    yield house
    house.coze.go("half")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_axe_finds_nothing_on_any_page(busy, look):
    async with admin(busy, **look) as page:
        for path in (*PAGES, "/routes?adapter=helpdesk&say=hello&chat_type=private"):
            await page.goto(f"/console{path}")
            await _reads_well(page, path)
        await page.context.clear_cookies()
        await page.goto("/console")
        await _reads_well(page, "login")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_axe_finds_nothing_where_somebody_is_paused_with_the_keyboard(busy, look):
    async with admin(busy, **look) as page:
        for path in ("people", "conversations"):
            await page.goto(f"/console/{path}")
            await page.locator("button[value=pause]").first.press("Enter")
            await expect(page.get_by_role("status")).to_be_visible()
            await expect(page.locator("button[value=resume]")).to_have_count(2)
            await _reads_well(page, path)

            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


async def _reads_well(page, name):
    found = await Axe().run(page)

    assert 0 == found.violations_count, f"{name}: {found.generate_report()}"


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_no_page_is_wider_than_the_screen(busy, look):
    async with admin(busy, **look) as page:
        for path in PAGES:
            await page.goto(f"/console{path}")

            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


async def test_on_a_phone_nothing_of_a_table_is_out_of_sight(busy):
    """Least of all its buttons."""
    async with admin(busy, **LOOKS["phone"]) as page:
        for path in PAGES:
            await page.goto(f"/console{path}")
            tables = page.locator(".wide")

            assert 0 == await tables.evaluate_all("all => all.filter(it => it.scrollWidth > it.clientWidth).length"), (
                path
            )


async def test_the_numbers_are_those_of_now(busy):
    """Also where no Prometheus reads them."""
    async with admin(busy) as page:
        await page.goto("/console/numbers")

        await expect(page.locator("tr", has_text="bridge_dead_letters").locator("td.number")).to_have_text("1")


async def test_an_answer_at_work_is_seen_and_goes_when_it_is_done(busy):
    """The page keeps itself fresh; nobody reloads it."""
    async with admin(busy) as page:
        row = page.locator("section", has=page.get_by_role("heading", name="Answers at work")).locator("tbody tr")
        await expect(row).to_have_count(1)
        await expect(row).to_contain_text("assistant")
        busy.coze.go("half")
        await expect(page.get_by_text("Nobody is being answered right now.")).to_be_visible(timeout=1000 * PATIENCE)


async def test_a_dead_letter_is_let_go_with_the_keyboard_alone(busy):
    async with admin(busy) as page:
        await page.get_by_role("link", name="Messages").press("Enter")
        await (
            page.get_by_role("button", name="Let 2 go").or_(page.get_by_role("button", name="Let 1 go")).press("Enter")
        )

        await expect(page.get_by_role("status")).to_have_text("It was let go.")
        await expect(page.locator(".cards")).to_contain_text("None.")


async def test_a_conversation_is_searched_and_forgotten(busy):
    async with admin(busy) as page:
        await page.goto("/console/conversations")
        await page.get_by_label("Whose conversation contains").fill("helpdesk")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("button", name="Forget person/helpdesk").first.click()

        await expect(page.get_by_role("status")).to_contain_text("Forgotten")


async def test_somebody_is_erased_after_a_second_thought(busy):
    async with admin(busy) as page:
        await page.get_by_role("link", name="People").click()
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(2)
        await expect(rows.first.get_by_role("button", name="Erase all")).to_have_count(0)
        await rows.first.locator("summary").press("Enter")
        await rows.first.get_by_role("button", name="Erase all").press("Enter")

        await expect(page.get_by_role("status")).to_contain_text("erased")
        await expect(rows).to_have_count(1)


async def test_who_would_answer_is_explained(busy):
    async with admin(busy) as page:
        await page.goto("/console/routes")
        await page.get_by_label("What is said").fill(HOSTILE)
        await page.get_by_role("button", name="Explain").click()

        await expect(page.get_by_role("listitem")).to_have_text("everyone answers: it has no conditions")
        await expect(page.get_by_label("What is said")).to_have_value(HOSTILE)


async def test_a_wrong_token_is_told_where_it_was_typed(house):
    async with admin(house) as page:
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("#token")).to_be_focused()


async def test_it_works_without_a_script_too(busy):
    async with admin(busy, java_script_enabled=False) as page:
        await page.get_by_role("link", name="Messages").click()
        await page.get_by_role("button", name="Let").first.click()

        await expect(page.get_by_role("status")).to_be_visible()

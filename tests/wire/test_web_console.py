"""The console by HTTP: who is let in, what a page may do in a browser, and what nobody else can do there."""

import ast
import asyncio
import inspect
import json
import re
import time

import jinja2
import pytest
from jinja2 import nodes
from structlog.testing import capture_logs

from bridge.routing import access, conditions
from bridge.routing import reasons as rule_reasons
from bridge.sdk import metrics
from bridge.store.claim import Stage
from bridge.web import auth
from bridge.web.console import texts
from bridge.web.console.console import PAGES, duration
from bridge.web.console.logins import COOKIE, Logins
from bridge.web.console.plots import ceiling, line
from tests.wire.house import ADMIN, PATIENCE, House

EVERY_PAGE = [f"/console{path}" for path in PAGES]
DEEDS = [
    "/console/messages",
    "/console/people",
    "/console/conversations",
    "/console/access",
    "/console/access/revoke",
    "/console/logout",
]


class Admin:
    """A browser without its window: it keeps a cookie, and sends it back."""

    def __init__(self, house):
        self.house, self.cookie = house, ""

    async def goes(self, path, method="GET", *, form=None, **headers):
        cookie = {"Cookie": self.cookie} if self.cookie else {}
        sent = self.house.client.request(method, path, data=form, headers=cookie | headers, allow_redirects=False)
        async with sent as answer:
            self.set_cookie = answer.headers.get("Set-Cookie", "")
            return answer.status, answer.headers, await answer.text()

    async def logs_in(self, token=ADMIN):
        status, *_ = await self.goes("/console/login", "POST", form={"token": token})
        self.cookie = self.set_cookie.partition(";")[0]
        return status

    async def reads(self, path, text):
        """The page, once that stands there."""
        async with asyncio.timeout(PATIENCE):
            while text not in (page := (await self.goes(path))[2]):
                pass
        return page

    async def form_token(self):
        _, _, page = await self.goes("/console")
        return re.search(r'name="form_token" value="(\w+)"', page)[1]

    async def does(self, path, **form):
        return await self.goes(path, "POST", form={"form_token": await self.form_token(), **form})


@pytest.fixture
async def admin(house):
    """An admin who has logged in."""
    admin = Admin(house)
    await admin.logs_in()
    return admin


class TestNames:
    async def test_people_and_channels_on_slack_are_called_by_their_names(self, house, admin):
        ann, desk = house.slack.person("Ann <Lee>"), house.slack.channel("front-desk")
        house.slack.says(ann, "hello", desk, mention=True)
        people = await admin.reads("/console/people", "Ann &lt;Lee&gt;")
        conversations = await admin.reads("/console/conversations", "front-desk")

        assert f"acme:{ann.id}" in people
        assert desk in conversations

    async def test_where_slack_does_not_tell_the_ids_stand_alone(self, house, admin):
        house.slack.refuses["users.info"] = "missing_scope"
        ann = house.slack.person("Ann Lee")
        house.slack.says(ann, "hello")
        await house.slack.until(lambda: house.slack.bot_texts(house.slack.dm(ann)), within=PATIENCE)
        people = await admin.reads("/console/people", f"acme:{ann.id}")

        assert "Ann Lee" not in people


class TestWhoIsLetIn:
    @pytest.mark.parametrize("path", EVERY_PAGE)
    async def test_a_stranger_sees_where_to_log_in_and_nothing_else(self, house, path):
        status, _, page = await Admin(house).goes(path)

        assert 200 == status
        assert 'name="token"' in page
        assert "helpdesk" not in page

    @pytest.mark.parametrize("path", EVERY_PAGE)
    async def test_who_knows_the_token_sees_the_page(self, admin, path):
        status, _, page = await admin.goes(path)

        assert 200 == status
        assert "<main" in page
        assert 'name="token"' not in page

    async def test_the_token_in_the_header_shows_a_page_too_and_a_wrong_one_none(self, house):
        stranger = Admin(house)
        _, _, page = await stranger.goes("/console", Authorization=f"Bearer {ADMIN}")

        assert "Answers at work" in page
        assert 401 == (await stranger.goes("/console", Authorization="Bearer wrong"))[0]

    @pytest.mark.parametrize("kind", ["Basic", "Digest", "Negotiate"])
    async def test_the_password_of_a_proxy_before_it_is_not_taken_for_a_token(self, house, admin, kind):
        """A browser sends it along with every page; the login decides."""
        password = {"Authorization": f"{kind} YWRtaW46c2VzYW1l"}

        assert "Answers at work" in (await admin.goes("/console", **password))[2]
        assert 200 == (await admin.goes("/api/status", **password))[0]
        assert 'name="token"' in (await Admin(house).goes("/console", **password))[2]
        assert 401 == (await Admin(house).goes("/api/status", **password))[0]

    @pytest.mark.parametrize("path", ["/console/", "/console/login", "/console/logout"])
    async def test_who_comes_by_a_way_aside_is_led_to_the_overview(self, house, admin, path):
        status, headers, _ = await admin.goes(path)

        assert (303, "/console") == (status, headers["Location"])

    async def test_a_login_opens_the_api_too_but_for_what_another_site_could_send(self, house, admin):
        push = {"adapter": "helpdesk", "chat": "1", "text": "hello", "key": "1"}
        sent = {
            kind: {"data": json.dumps(push), "headers": {"Content-Type": kind}}
            for kind in ("application/json", "text/plain")
        }
        outcomes = []
        for cookie in (admin.cookie, "", admin.cookie[:-1]):
            for kind, options in sent.items():
                headers = options["headers"] | {"Cookie": cookie}
                async with house.client.post("/api/messages", data=options["data"], headers=headers) as answer:
                    outcomes.append((kind, answer.status))

        assert 200 == (await admin.goes("/api/status"))[0]
        assert 401 == (await Admin(house).goes("/api/status"))[0]
        assert [("application/json", 202)] == [one for one in outcomes if one[1] != 401]

    @pytest.mark.parametrize("path", [*EVERY_PAGE, "/console/static/console.css"])
    async def test_without_a_token_in_the_config_there_is_no_console(self, tmp_path, platforms, path):
        async with House(tmp_path, *platforms, admin_token="").living() as house:
            assert 404 == (await house.get(path))[0]
            assert 404 == (await Admin(house).goes("/console/login", "POST", form={"token": ""}))[0]

    async def test_a_wrong_token_is_told_and_not_let_in(self, house):
        admin = Admin(house)

        assert 401 == await admin.logs_in("wrong")
        assert "" == admin.cookie
        assert 'name="token"' in (await admin.goes("/console"))[2]

    async def test_guessing_is_slowed_down_and_shared_with_the_api(self, house):
        admin = Admin(house)
        for _ in range(auth.GUESSES):
            await admin.logs_in("wrong")

        assert 429 == await admin.logs_in(ADMIN)
        async with house.client.get("/api/status", headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
            assert 429 == answer.status

    async def test_who_is_logged_in_stays_so_while_others_guess(self, house, admin):
        for _ in range(auth.GUESSES + 1):
            await Admin(house).logs_in("wrong")

        assert "Overview" in (await admin.goes("/console"))[2]

    async def test_the_cookie_is_for_this_host_alone_and_for_no_script(self, house):
        admin = Admin(house)
        await admin.logs_in()
        told = {part.strip().lower() for part in admin.set_cookie.split(";")[1:]}

        assert admin.set_cookie.startswith("__Host-")
        assert {"secure", "httponly", "samesite=strict", "path=/"} <= told
        assert not any(part.startswith("domain") for part in told)

    @pytest.mark.parametrize(
        "forge",
        [
            lambda _: "",
            lambda value: value[:-1] + ("0" if value[-1] != "0" else "1"),
            lambda value: re.sub(r"=\d+", "=99999999999", value),
            lambda _: f"{COOKIE}=..",
            lambda _: f"{COOKIE}=99999999999.x.{'0' * 64}",
            lambda _: f"{COOKIE}=%ff%00",
        ],
        ids=["none", "another signature", "a later end", "empty", "made up", "bytes"],
    )
    async def test_a_forged_cookie_lets_nobody_in(self, house, admin, forge):
        stranger = Admin(house)
        stranger.cookie = forge(admin.cookie)

        assert 'name="token"' in (await stranger.goes("/console"))[2]

    async def test_a_login_ends(self, house, admin, monkeypatch):
        soon = time.time() + 13 * 3600
        monkeypatch.setattr("bridge.web.console.logins.time.time", lambda: soon)

        assert 'name="token"' in (await admin.goes("/console"))[2]

    def test_another_token_ends_every_login(self):
        token = "one"
        logins = Logins(lambda: token)
        signed = logins._signed("login", "99999999999.x")
        token = "two"

        assert not logins._fits("login", "99999999999.x", signed)

    async def test_who_logs_out_is_out(self, admin):
        status, headers, _ = await admin.does("/console/logout")

        assert (303, "/console") == (status, headers["Location"])
        assert "Max-Age=0" in admin.set_cookie

    async def test_a_login_and_every_deed_are_in_the_audit_trail(self, house):
        admin = Admin(house)
        with capture_logs() as logs:
            await admin.logs_in()
            await admin.does("/console/logout")

        acted = [(line["deed"], line["remote"]) for line in logs if line["event"] == "admin.acted"]
        assert [("login", "127.0.0.1"), ("logout", "127.0.0.1")] == acted
        assert ADMIN not in str(logs)


class TestWhatAPageMayDo:
    @pytest.mark.parametrize("path", [*EVERY_PAGE, "/console/static/console.css", "/console/static/console.js"])
    async def test_nothing_but_our_own_style_and_script(self, admin, path):
        _, headers, _ = await admin.goes(path)
        policy = headers["Content-Security-Policy"]

        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert ("nosniff", "no-store") == (headers["X-Content-Type-Options"], headers["Cache-Control"])

    @pytest.mark.parametrize("path", EVERY_PAGE)
    async def test_no_page_holds_a_style_or_a_script_of_its_own(self, admin, path):
        page = (await admin.goes(path))[2]

        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/console/static/console.js\")", page)

    @pytest.mark.parametrize("name", ["nothing.js", "..%2fconsole.py", "%2e%2e/console.py", "locale"])
    async def test_nothing_else_is_a_file_there(self, admin, name):
        assert 404 == (await admin.goes(f"/console/static/{name}"))[0]

    async def test_what_an_admin_types_does_nothing(self, admin):
        typed = "%3Cscript%3Ealert(1)%3C/script%3E"
        for path in ("/console/people?q=", "/console/conversations?q=", "/console/routes?adapter=helpdesk&say="):
            page = (await admin.goes(path + typed))[2]

            assert "<script>alert" not in page
            assert "&lt;script&gt;alert" in page

    @pytest.mark.parametrize(
        "query", ["adapter=nobody", "adapter=helpdesk&chat_type=cave", "adapter=helpdesk&chat=%00"]
    )
    async def test_what_cannot_be_explained_is_told(self, admin, query):
        status, _, _ = await admin.goes(f"/console/routes?{query}")

        assert 200 == status

    async def test_an_explanation_names_the_route(self, admin):
        page = (await admin.goes("/console/routes?adapter=helpdesk&say=hello&chat_type=private&from=helpdesk:7"))[2]

        assert re.search(r"<b>everyone</b> answers", page)


class TestDeeds:
    @pytest.mark.parametrize("path", DEEDS)
    @pytest.mark.parametrize("form", [{}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "ß"}])
    async def test_no_other_site_can_send_a_form(self, admin, path, form):
        assert 403 == (await admin.goes(path, "POST", form=form))[0]

    async def test_the_token_in_the_header_does_what_a_login_does_and_a_wrong_one_nothing(self, house):
        ann = house.telegram.person("Ann")
        house.coze.will_say("Hello.")
        house.telegram.says(ann, "hello")
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)
        script, form = Admin(house), {"person": f"helpdesk:{ann.id}", "deed": "pause"}
        wrong = await script.goes("/console/people", "POST", form=form, Authorization="Bearer wrong")
        basic = await script.goes("/console/people", "POST", form=form, Authorization="Basic c2VzYW1l")
        status, headers, _ = await script.goes("/console/people", "POST", form=form, Authorization=f"Bearer {ADMIN}")

        assert (401, 403) == (wrong[0], basic[0])
        assert (303, "/console/people?done=pause") == (status, headers["Location"])

    @pytest.mark.parametrize("path", DEEDS)
    async def test_nobody_does_anything_without_a_login(self, house, admin, path):
        stranger = Admin(house)

        assert 403 == (await stranger.goes(path, "POST", form={"form_token": await admin.form_token()}))[0]

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"a=b&" * 50, b"form_token"])
    async def test_what_is_no_form_is_refused(self, admin, body):
        assert (await admin.goes("/console/messages", "POST", form=body))[0] in (400, 403)

    async def test_a_dead_letter_is_shown_with_its_reason_tried_again_and_let_go(self, house, admin):
        ann = house.telegram.person("Ann")
        house.telegram.private(ann)
        house.telegram.faults.add("sendMessage", status=403)
        push = {"adapter": "helpdesk", "chat": str(ann.id), "text": "Good morning.", "key": "k"}
        await house.client.post("/api/messages", json=push, headers={"Authorization": f"Bearer {ADMIN}"})
        page = await self._when(admin, "/console/messages", "ChatGone")
        number = re.search(r'name="message" value="(\d+)"', page)[1]
        status, headers, _ = await admin.does("/console/messages", message=number, deed="retry")
        await house.telegram.until(lambda: "Good morning." in house.telegram.bot_texts(ann.id), within=PATIENCE)
        again = await admin.does("/console/messages", message=number, deed="drop")

        assert (303, "/console/messages?done=retry") == (status, headers["Location"])
        assert "/console/messages?done=nothing" == again[1]["Location"]

    @pytest.mark.parametrize(
        "form",
        [
            {"deed": "retry"},
            {"deed": "eat", "message": "1"},
            {"deed": "drop", "message": "9" * 30},
            {"deed": "retry", "message": str(1 << 63)},
        ],
    )
    async def test_an_odd_deed_is_refused(self, admin, form):
        assert 400 == (await admin.does("/console/messages", **form))[0]

    async def test_a_conversation_is_found_and_forgotten(self, house, admin):
        ann = house.telegram.person("Ann")
        house.coze.will_say("Hello.")
        house.telegram.says(ann, "hello")
        scope = f"person/helpdesk//{ann.id}/{ann.id}"
        await self._when(admin, f"/console/conversations?q={ann.id}", scope)
        _, headers, _ = await admin.does("/console/conversations", scope=scope, bot="assistant")

        assert "/console/conversations?done=forget" == headers["Location"]
        assert scope not in (await admin.goes("/console/conversations"))[2]

    async def test_somebody_is_found_and_erased_at_coze_too_and_the_audit_does_not_keep_them(self, house, admin):
        ann, ben = house.telegram.person("Ann"), house.telegram.person("Ben")
        for person in (ann, ben):
            house.coze.will_say("Hello.")
            house.telegram.says(person, "hello")
            await house.telegram.until(lambda: house.telegram.bot_texts(person.id), within=PATIENCE)  # noqa: B023
        conversations = set(house.coze.conversations)
        with capture_logs() as logs:
            _, headers, _ = await admin.does("/console/people", person=f"helpdesk:{ann.id}")
        again = await admin.does("/console/people", person=f"helpdesk:{ann.id}")
        page = (await admin.goes("/console/people"))[2]

        assert "/console/people?done=erase" == headers["Location"]
        assert "/console/people?done=nothing" == again[1]["Location"]
        assert str(ann.id) not in page
        assert str(ben.id) in page
        assert 1 == len(conversations - set(house.coze.conversations))
        assert "erase" in [line.get("deed") for line in logs]
        assert str(ann.id) not in str(logs)

    async def test_nobody_is_erased_while_their_bot_is_away(self, house, admin):
        ann = house.telegram.person("Ann")
        house.coze.will_say("Hello.")
        house.telegram.says(ann, "hello")
        await self._when(admin, f"/console/conversations?q={ann.id}", f"person/helpdesk//{ann.id}/{ann.id}")
        await house.coze.go_away()
        _, headers, _ = await admin.does("/console/people", person=f"helpdesk:{ann.id}")

        assert "/console/people?done=away" == headers["Location"]
        assert str(ann.id) in (await admin.goes("/console/people"))[2]

    @pytest.mark.parametrize(
        "person", ["", ":", "helpdesk", "helpdesk:", "nobody:1", "helpdesk:" + "9" * 5000, "helpdesk:<script>"]
    )
    async def test_an_odd_name_erases_nobody(self, house, admin, person):
        """Nor what was pushed, which is nobody's."""
        push = {"adapter": "helpdesk", "chat": "1", "text": "Good morning.", "key": "k"}
        await house.client.post("/api/messages", json=push, headers={"Authorization": f"Bearer {ADMIN}"})

        assert "/console/people?done=nothing" == (await admin.does("/console/people", person=person))[1]["Location"]

    async def _when(self, admin, path, text):
        async with asyncio.timeout(PATIENCE):
            while text not in (page := (await admin.goes(path))[2]):
                pass
        return page


class TestOverview:
    async def test_the_last_refusal_is_told_also_when_it_was_mended(self, house, admin, tmp_path):
        path = tmp_path / "config.yaml"
        good = path.read_text()
        path.write_text(good + "\nrouts: []\n")
        house.bridge.reload()
        refused = await self._when(admin, "routs")
        path.write_text(good + "\n# mended\n")
        house.bridge.reload()
        mended = await self._when(admin, "mended since")

        assert "The file as it is now was refused" in refused
        assert "not read anew since the start" in refused
        assert "The file as it is now was refused" not in mended
        assert "routs" in mended
        assert "read anew while running" in mended

    async def test_what_holds_after_a_restart_only_is_told(self, house, admin, tmp_path):
        path = tmp_path / "config.yaml"
        path.write_text(path.read_text() + "\nworker: {concurrency: 7}\n")
        house.bridge.reload()

        assert "restart for this" in await self._when(admin, "note warn")

    async def test_limits_that_were_hit_are_counted(self, house, admin):
        metrics.OVER_LIMIT.labels("<b>helpdesk").inc()
        page = (await admin.goes("/console"))[2]

        assert "&lt;b&gt;helpdesk" in page
        assert "<b>helpdesk" not in page

    async def _when(self, admin, text):
        async with asyncio.timeout(PATIENCE):
            while text not in (page := (await admin.goes("/console"))[2]):
                pass
        return page


async def test_each_route_says_who_answers(tmp_path, platforms):
    routes = [
        {"name": "closed", "when": {"chat": ["1"]}, "reply": "<i>Closed</i> today."},
        {"name": "choice", "when": {"chat": ["2"]}, "bots": ["assistant", "other"]},
        {"name": "everyone", "bot": "assistant", "fallback": "other"},
    ]
    async with House(tmp_path, *platforms, routes=routes).living() as house:
        admin = Admin(house)
        await admin.logs_in()
        page = (await admin.goes("/console/routes"))[2]

        assert "“&lt;i&gt;Closed&lt;/i&gt; today.”" in page
        assert "assistant, other" in page
        assert "else other" in page


class TestTexts:
    @pytest.mark.parametrize(
        ("asked", "language"),
        [
            ("", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
            ("ZH-hant", "zh"),
            ("de, zh;q=0.5, en;q=0.7", "en"),
            ("fr", "en"),
            ("zh;q=0, en", "en"),
            ("zh;q=x", "en"),
            (";q=1," * 10_000, "en"),
        ],
        ids=lambda value: value[:20],
    )
    def test_the_language_is_the_browsers_first_that_we_speak(self, asked, language):
        assert language == texts.language_of(asked)

    async def test_the_pages_are_chinese_for_who_asks(self, admin):
        page = (await admin.goes("/console", **{"Accept-Language": "zh-CN"}))[2]

        assert '<html lang="zh-CN">' in page
        assert "总览" in page
        assert "Overview" not in page

    async def test_why_somebody_answers_is_told_in_chinese(self, admin):
        asked = "/console/routes?adapter=helpdesk&say=hello&chat_type=private&from=7"
        page = (await admin.goes(asked, **{"Accept-Language": "zh-CN"}))[2]

        assert "<b>everyone</b> 负责回答：没有条件" in page
        assert "<b>准入</b>：access.private: everyone" in page

    def test_every_text_of_the_pages_is_translated(self):
        chinese = texts.translate("zh")
        untranslated = [
            text for text in said() if text == chinese(text, **dict.fromkeys(re.findall(r"\{(\w+)\}", text), "x"))
        ]

        assert [] == untranslated


def said():
    """Every text in the templates, and those handed to them."""
    environment = jinja2.Environment(loader=jinja2.PackageLoader("bridge.web.console"))
    for name in environment.list_templates():
        tree = environment.parse(environment.loader.get_source(environment, name)[0])
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value
    yield from (title for title, _ in PAGES.values())
    yield from ("private", "group", "channel")
    yield from Stage
    yield from reasons()


def reasons():
    """Every text by which a rule says why."""
    for module in (access, conditions, rule_reasons):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Constant) and re.search(r"\{\w+\}.* | .*\{\w+\}", str(node.value)):
                yield node.value


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.0 s"), (9.94, "9.9 s"), (59, "59 s"), (130, "2 min"), (7200, "2 h"), (200_000, "2 d")]
)
def test_durations_read_well(seconds, words):
    assert words == duration(seconds)


@pytest.mark.parametrize(("value", "top"), [(0, 0.1), (0.3, 0.5), (1, 1), (1.1, 2), (7, 10), (450, 500)])
def test_a_plot_ends_at_a_round_number(value, top):
    assert top == pytest.approx(ceiling(value))


@pytest.mark.parametrize(
    ("values", "path", "dots"),
    [
        ([], "", ""),
        ([None, None, 5.0], "", "M600.0 60.0h0.1"),
        ([5.0, None, 10.0], "", "M0.0 60.0h0.1 M600.0 0.0h0.1"),
        ([0.0, 20.0], "M300.0 120.0L600.0 0.0", ""),
        ([None, 10.0, 0.0], "M300.0 0.0L600.0 120.0", ""),
    ],
)
def test_a_value_without_neighbours_is_a_dot_in_its_plot(values, path, dots):
    drawn = line("answered", "good", values, points=3, highest=10.0)

    assert (path, dots) == (drawn.path, drawn.dots)


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("pairing", "pairing"),
        ("nobody", "nobody"),
        ({"people": ["helpdesk:1", "acme:U2"]}, "{people: [helpdesk:1, acme:U2]}"),
        ({"not": {"people": ["helpdesk:1"]}}, "{not: {people: [helpdesk:1]}}"),
    ],
)
async def test_a_rule_of_access_reads_as_in_the_config(tmp_path, platforms, rule, told):
    async with House(tmp_path, *platforms, access={"private": rule}).living() as house:
        admin = Admin(house)
        await admin.logs_in()
        page = (await admin.goes("/console/access"))[2]

        assert [told, "everyone"] == re.findall(r"<dd>(.*)</dd>", page)


async def test_who_waits_with_a_code_is_let_in_by_a_press(tmp_path, platforms):
    async with House(tmp_path, *platforms, access={"private": "pairing"}).living() as house:
        admin, ann = Admin(house), house.telegram.person("Ann")
        await admin.logs_in()
        house.telegram.says(ann, "hello")
        await house.telegram.until(lambda: house.telegram.bot_texts(ann.id), within=PATIENCE)
        [told] = house.telegram.bot_texts(ann.id)
        code = re.search(r"\b[A-Z2-9]{8}\b", told)[0]
        _, _, page = await admin.goes("/console/access")
        _, headers, _ = await admin.does("/console/access", code=code)
        await house.telegram.until(lambda: len(house.telegram.bot_texts(ann.id)) == 2, within=PATIENCE)
        house.coze.will_say("Welcome.")
        house.telegram.says(ann, "am I in?")
        await house.telegram.until(lambda: "Welcome." in house.telegram.bot_texts(ann.id), within=PATIENCE)

        assert f"helpdesk:{ann.id}" in page
        assert headers["Location"].endswith("done=approve")
        for person, answers in ((ann.id, True), (ann.id + 1, False), (f"helpdesk:{ann.id}", True)):
            said = (await admin.goes(f"/console/routes?adapter=helpdesk&say=hello&chat_type=private&from={person}"))[2]
            assert answers == ("<b>everyone</b> answers" in said and "not been let in" not in said)
        assert (await admin.does("/console/access", code=code))[1]["Location"].endswith("done=nothing")

        guests = (await admin.goes("/console/access"))[2]
        outcomes = [(await admin.does("/console/access/revoke", person=f"helpdesk:{ann.id}"))[1] for _ in range(2)]
        assert f"Shut helpdesk:{ann.id} out" in guests
        assert ["revoke", "nothing"] == [headers["Location"].partition("done=")[2] for headers in outcomes]
        assert f"helpdesk:{ann.id}" not in (await admin.goes("/console/access"))[2]

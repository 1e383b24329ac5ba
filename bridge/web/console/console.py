"""The console: its routes, its pages, and its forms."""

import re
import time
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib import resources
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from bridge.sdk import daemon_telemetry
from bridge.sdk.errors import Later
from bridge.store.admin import LAST
from bridge.web.auth import Admins, shows_bearer
from bridge.web.console import pages
from bridge.web.console.logins import Logins
from bridge.web.console.texts import language_of, translate
from bridge.web.daemon import Daemon
from bridge.web.requests import Guard

MOST_FIELDS: Final = 10

_NUMBER: Final = re.compile(r"[0-9]{1,19}")

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

STATIC: Final = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}

PAGES: Final[dict[str, tuple[str, Callable[[Daemon, web.Request], Awaitable[dict[str, Any]]]]]] = {
    "": ("Overview", pages.overview),
    "/messages": ("Messages", pages.messages),
    "/people": ("People", pages.people),
    "/conversations": ("Conversations", pages.conversations),
    "/routes": ("Routes", pages.routes),
    "/access": ("Access", pages.access),
    "/numbers": ("Numbers", pages.numbers),
}
"""By path below ``/console``: the title, and the function that gathers the values of its template."""

ASIDE: Final = ("/console/", "/console/login", "/console/logout")
"""Addresses that redirect to the overview: typed by hand, or reloaded after a form."""

PostedFields = dict[str, str]


class Console:
    """The handlers."""

    def __init__(self, daemon: Daemon, admins: Admins, guard: Guard) -> None:
        self._daemon = daemon
        self._admins = admins
        self._guard = guard
        self._logins = Logins(admins.token)

    @cached_property
    def _templates(self) -> Any:
        """Jinja's environment."""
        import jinja2  # noqa: PLC0415 - 2 MB that nobody needs who opens no console

        loader = jinja2.PackageLoader("bridge.web.console")
        environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
        environment.filters |= {"duration": duration, "utc": utc, "day": day}
        return environment

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add every route below ``/console``."""
        for path, (title, gather) in PAGES.items():
            router.add_get(f"/console{path}", self._page(path, title, gather))
        for path in ASIDE:
            router.add_get(path, self._to_overview)
        router.add_post("/console/login", self.log_in)
        router.add_post("/console/logout", self._deed(self._log_out))
        router.add_post("/console/messages", self._deed(self._retry_or_drop))
        router.add_post("/console/people", self._deed(self._change_person))
        router.add_post("/console/conversations", self._deed(self._change_conversation))
        router.add_post("/console/access", self._deed(self._approve))
        router.add_post("/console/access/revoke", self._deed(self._revoke))
        router.add_get("/console/static/{name}", self.static)

    async def static(self, request: web.Request) -> web.Response:
        """The style sheet, the script and the icon, which need no login."""
        name = request.match_info["name"]
        if name not in STATIC or not self._daemon.admin_token:
            raise web.HTTPNotFound
        body = (resources.files(__package__) / "static" / name).read_bytes()
        return web.Response(body=body, content_type=STATIC[name], headers=HEADERS)

    async def log_in(self, request: web.Request) -> web.StreamResponse:
        """Set the login cookie if the form has the token."""
        form = await self._form(request)
        try:
            self._admins.authenticate(request, form.get("token", ""))
        except (web.HTTPUnauthorized, web.HTTPTooManyRequests) as refusal:
            wrong = "too many" if isinstance(refusal, web.HTTPTooManyRequests) else "wrong"
            return self._render(request, "login.html", code=refusal.status, wrong=wrong)
        answer = _to("/console")
        self._logins.log_in(answer)
        daemon_telemetry.admin_acted(deed="login", subject="console", remote=request.remote or "")
        return answer

    # What is shown

    async def _to_overview(self, _request: web.Request) -> web.Response:
        self._check_open()
        return _to("/console")

    def _page(
        self, path: str, title: str, gather: Callable[[Daemon, web.Request], Awaitable[dict[str, Any]]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def page(request: web.Request) -> web.StreamResponse:
            self._check_open()
            if shows_bearer(request):
                self._admins.authenticate_bearer(request)
            elif not self._logins.has(request):
                return self._render(request, "login.html", wrong="")
            shown = await gather(self._daemon, request)
            template = f"{title.lower()}.html"
            return self._render(request, template, path=path, title=title, pages=PAGES, **shown)

        return page

    def _render(self, request: web.Request, template: str, *, code: int = 200, **values: Any) -> web.Response:
        language = language_of(request.headers.get("Accept-Language", ""))
        text = self._templates.get_template(template).render(
            language=language,
            _=translate(language),
            form_token=self._logins.form_token(request),
            done=request.query.get("done"),
            **values,
        )
        return web.Response(text=text, content_type="text/html", status=code, headers=HEADERS)

    # What is done

    def _deed(
        self, does: Callable[[web.Request, PostedFields], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def deed(request: web.Request) -> web.StreamResponse:
            self._check_open()
            if shows_bearer(request):  # which no other site can have a browser send
                self._admins.authenticate_bearer(request)
                return await does(request, await self._form(request))
            form = await self._form(request)
            if not self._logins.may_send(request, form.get("form_token", "")):
                raise web.HTTPForbidden
            return await does(request, form)

        return deed

    async def _log_out(self, request: web.Request, _form: PostedFields) -> web.StreamResponse:
        self._acted(request, "logout", "console")
        answer = _to("/console")
        self._logins.log_out(answer)
        return answer

    async def _retry_or_drop(self, request: web.Request, form: PostedFields) -> web.StreamResponse:
        """Try a message again, or drop it."""
        number, deed = form.get("message", ""), form.get("deed", "")
        does = {"retry": self._daemon.inbox_admin.retry, "drop": self._daemon.inbox_admin.drop}.get(deed)
        if does is None or not _NUMBER.fullmatch(number) or int(number) > LAST:
            raise web.HTTPBadRequest
        return await self._done(request, "/console/messages", deed, number, done=await does(int(number)))

    async def _change_conversation(self, request: web.Request, form: PostedFields) -> web.StreamResponse:
        """Pause or resume a conversation, or let it begin anew."""
        scope, bot = form.get("scope", ""), form.get("bot", "")
        if does := self._pausing(form):
            return await self._done(request, "/console/conversations", form["deed"], scope, done=await does(scope))
        forgotten = await self._daemon.sessions.begin_afresh(scope, bot=bot)
        return await self._done(request, "/console/conversations", "forget", scope, done=bool(forgotten))

    async def _change_person(self, request: web.Request, form: PostedFields) -> web.StreamResponse:
        """Pause or resume somebody, or erase all that is kept about them."""
        name = form.get("person", "")
        if does := self._pausing(form):
            return await self._done(request, "/console/people", form["deed"], name, done=await does(name))
        adapter, _, person = name.partition(":")
        return await self._erase_person(request, adapter, person)

    def _pausing(self, form: PostedFields) -> Callable[[str], Awaitable[bool]] | None:
        """Pausing or resuming, as the form says; None if it says neither."""
        return {"pause": self._daemon.paused.pause, "resume": self._daemon.paused.unpause}.get(form.get("deed", ""))

    async def _erase_person(self, request: web.Request, adapter: str, person: str) -> web.StreamResponse:
        """Erase all that is kept; the audit trail does not say about whom, or it would keep them."""
        try:
            done = bool(person) and await self._daemon.forget_person(adapter, person)
        except Later:
            return _to("/console/people?done=away")
        return await self._done(request, "/console/people", "erase", f"a person of {adapter}", done=done)

    async def _approve(self, request: web.Request, form: PostedFields) -> web.StreamResponse:
        """Let somebody in who waits with that code."""
        if self._daemon.pairing is None:
            raise web.HTTPNotFound
        code = form.get("code", "")
        approved = await self._daemon.pairing.approve(code)
        return await self._done(request, "/console/access", "approve", code, done=approved is not None)

    async def _revoke(self, request: web.Request, form: PostedFields) -> web.StreamResponse:
        """Withdraw somebody's access, or their request for it."""
        if self._daemon.pairing is None:
            raise web.HTTPNotFound
        person = form.get("person", "")
        revoked = await self._daemon.pairing.revoke(person)
        return await self._done(request, "/console/access", "revoke", person, done=revoked)

    async def _done(
        self, request: web.Request, page: str, deed: str, subject: str, *, done: bool
    ) -> web.StreamResponse:
        if done:
            self._acted(request, deed, subject)
        return _to(f"{page}?done={deed if done else 'nothing'}")

    def _acted(self, request: web.Request, deed: str, subject: str) -> None:
        daemon_telemetry.admin_acted(deed=deed, subject=subject[:200], remote=request.remote or "")

    def _check_open(self) -> None:
        if not self._daemon.admin_token:
            raise web.HTTPNotFound

    async def _form(self, request: web.Request) -> PostedFields:
        body = await self._guard.read(request)
        try:
            return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError as wrong:
            raise web.HTTPBadRequest from wrong


def _to(path: str) -> web.Response:
    """A redirect after a form, so that a reload does not send it again."""
    return web.Response(status=web.HTTPSeeOther.status_code, headers={"Location": path, **HEADERS})


def utc(seconds: float) -> str:
    """A time in seconds since 1970, to the minute, wherever the operator is."""
    return time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(seconds))


def day(seconds: float) -> str:
    """The day of a time in seconds since 1970."""
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def duration(seconds: float) -> str:
    """So many seconds as an operator reads them."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - where tenths stop to matter

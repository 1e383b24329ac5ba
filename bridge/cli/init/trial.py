"""Tries each answer at its far side, before anything is written."""

from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ValidationError

from bridge.cli.init.answers import Answers
from bridge.coze import checks
from bridge.coze.auth import StaticToken
from bridge.coze.catalogue import Listed, published
from bridge.coze.inquiry import Inquiry
from bridge.parts import registry
from bridge.sdk.checks import Checkable, Circumstances, Finding, Findings, Level, fail
from bridge.sdk.errors import BridgeError, Unreachable

_ANYWHERE: Final = "https://bridge.invalid/webhooks/slack"
"""An address to try a bot token with while there is no app token yet."""


def refusals(findings: list[Finding]) -> list[Finding]:
    """Those that say no."""
    return [finding for finding in findings if finding.level is Level.FAIL]


async def telegram(kinds: registry.Kinds, answers: Answers) -> list[Finding]:
    """What Telegram says to the token."""
    section = {"token": answers.telegram_token, "api_url": answers.telegram_api_url}
    return await _adapter(kinds, "telegram", section, Circumstances())


async def slack_bot(kinds: registry.Kinds, answers: Answers) -> list[Finding]:
    """What Slack says to the bot token alone."""
    section = {"bot_token": answers.slack_bot_token, "signing_secret": "none yet", "api_url": answers.slack_api_url}
    findings = await _adapter(kinds, "slack", section, Circumstances(webhook_url=_ANYWHERE))
    return [finding for finding in findings if _ANYWHERE not in finding.says]


async def slack_app(kinds: registry.Kinds, answers: Answers) -> list[Finding]:
    """What Slack says to the app token, which it is asked about last."""
    return (await slack(kinds, answers))[-1:]


async def slack(kinds: registry.Kinds, answers: Answers) -> list[Finding]:
    """What Slack says to both tokens."""
    section = {
        "bot_token": answers.slack_bot_token,
        "app_token": answers.slack_app_token,
        "api_url": answers.slack_api_url,
    }
    return await _adapter(kinds, "slack", section, Circumstances())


async def coze(answers: Answers) -> tuple[Answers, list[Finding]]:
    """What Coze says to the token; the answers with the address of the other region, where that is the one that knows it."""
    if (stranger := checks.wrong_kind(answers.coze_token)) is not None:
        return answers, [stranger]
    async with Inquiry(answers.coze_url, StaticToken(answers.coze_token)) as inquiry:
        findings = await _all(checks.account(inquiry))
        other = await checks.elsewhere(inquiry) if any(found.key == "base_url" for found in findings) else None
    if other is None:
        return answers, findings
    moved = replace(answers, coze_url=other)
    return moved, [Finding(level=Level.WARN, says=findings[0].says, remedy=f"using {other}")]


async def bots(answers: Answers) -> list[Listed]:
    """The bots to choose from; none where Coze lists none."""
    async with Inquiry(answers.coze_url, StaticToken(answers.coze_token)) as inquiry:
        try:
            return await published(inquiry)
        except BridgeError:  # without the permission, or at a Studio: an id can still be typed
            return []


async def bot(answers: Answers) -> Finding:
    """What Coze says to the bot's id."""
    async with Inquiry(answers.coze_url, StaticToken(answers.coze_token)) as inquiry:
        try:
            return await checks.agent(inquiry, answers.bot_id)
        except Unreachable as failure:
            return fail(f"no answer from {inquiry.base_url} ({failure.detail})", "try again", key="base_url")


async def _adapter(
    kinds: registry.Kinds, kind: str, section: Mapping[str, str], circumstances: Circumstances
) -> list[Finding]:
    """What the platform says to a *section* of that *kind*."""
    options = _options(kinds[kind], section)
    if isinstance(options, Finding):
        return [options]
    adapter = registry.build(kinds, kind, kind, options)
    return await _all(adapter.checks(circumstances)) if isinstance(adapter, Checkable) else []


def _options(model: type[BaseModel], section: Mapping[str, str]) -> BaseModel | Finding:
    """The section as its adapter reads it, or what is wrong with it by its looks."""
    try:
        return model.model_validate(section)
    except ValidationError as refused:
        error = refused.errors(include_url=False, include_input=False)[0]
        key = str(error["loc"][0]) if error["loc"] else ""
        said = error.get("ctx", {}).get("error") or error["msg"]
        return fail(f"{key}: {said}", "copy it once more, whole", key=key)


async def _all(findings: Findings) -> list[Finding]:
    async with aclosing(findings):
        return [finding async for finding in findings]

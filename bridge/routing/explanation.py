"""Explains what the rules say of a message, in words: access first, then each route, then the rules for the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bridge.config.settings import EVERYBODY_ELSE, Settings, TestSettings
from bridge.routing.access import person_of
from bridge.routing.limits import Allowance
from bridge.routing.reasons import Reason
from bridge.routing.rules import Decision, Rules, Verdict
from bridge.routing.selftest import message_of
from bridge.sdk.model import ChatType, Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The rules for the answer, as the route that matched gives them."""

    route: str  #: its name
    bot: str | None  #: None: no bot answers
    bots: tuple[str, ...]  #: among whom people may choose, that bot first
    fallback: str | None  #: the bot that answers while the first one's Coze is away
    reply: str | None  #: what is said instead
    discards: bool  #: whether nobody answers because the route says so
    answer: str  #: in groups: what is meant for the bot, or everything
    memory: str  #: who share it, as the config says it
    scope: str  #: the key of the memory, which is also the queue that the message waits in
    forget_after: float | None  #: seconds after which a conversation left alone begins anew
    busy: str  #: what happens to a message that comes while an answer runs, as the config says it
    limits: str  #: what may still be asked, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that the rules say of one message, with the reasons."""

    let_in: bool  #: whether the author may talk there
    access: Reason  #: why, or why not
    routes: tuple[Verdict, ...]  #: each in turn, up to the one that answers
    terms: Terms | None  #: None: no route takes it


def question(asked: Mapping[str, str]) -> TestSettings:
    """The message that somebody asks about, by its fields, as one of the file's own tests; ValueError for what cannot be one."""
    known = {
        name: asked[name]
        for name in ("say", "adapter", "workspace", "chat", "chat_type", "thread", "start", "from", "language", "has")
        if asked.get(name)
    }
    person = {"from": known["from"].removeprefix(f"{known.get('adapter')}:")} if "from" in known else {}
    return TestSettings.model_validate({"say": "", "expect": EVERYBODY_ELSE, **known, **person})


def explain(
    settings: Settings, test: TestSettings, *, is_paired: Callable[[str], bool] = lambda _: False
) -> Explanation:
    """What happens to the *test*'s message, and why; *is_paired*: whether somebody, ``adapter:user``, was let in by a code."""
    rules, message = Rules(settings), message_of(settings, test)
    decision = rules.decide(message)
    refusal = decision.refusal
    if refusal and decision.by_pairing and is_paired(person_of(message)):
        refusal = None
    return Explanation(
        let_in=refusal is None,
        access=refusal or _let_in(settings, message),
        routes=tuple(rules.explain(message)),
        terms=_terms(decision),
    )


def _let_in(settings: Settings, message: Inbound) -> Reason:
    private = message.chat_type is ChatType.PRIVATE
    rule = settings.access.private if private else settings.access.groups
    named = f" {', '.join(rule.people)}" if rule.people else ""
    return Reason("{rule}", rule=f"access.{'private' if private else 'groups'}: {rule.mode}{named}")


def _terms(decision: Decision) -> Terms | None:
    if decision.route is None:
        return None
    return Terms(
        route=decision.route.name,
        bot=decision.bot,
        bots=decision.bots,
        fallback=decision.route.fallback,
        reply=decision.route.reply,
        discards=decision.route.discard,
        answer=str(decision.rules.answer),
        memory=str(decision.rules.memory),
        scope=decision.scope,
        forget_after=decision.rules.forget_after,
        busy=str(decision.rules.busy),
        limits=", ".join(map(_told, decision.allowances)) or "none",
    )


def _told(allowance: Allowance) -> str:
    whose = "" if allowance.personal else f" of everybody together ({allowance.subject})"
    return f"{allowance.rate} {allowance.unit}{whose}"

"""What Coze says of one bot: whether it is there, and how it introduces itself."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from bridge.coze import checks
from bridge.coze.inquiry import Inquiry
from bridge.sdk.asking import FileHosts, Introduction
from bridge.sdk.checks import Finding, ok

FILE_HOSTS: Final = ("coze.cn", "coze.com", "byteimg.com")
"""Where Coze and its own plugins put what they draw; seen in answers, not documented."""

_SUGGESTED_MOST: Final = 5


class CozeProfile:
    """The `bridge.sdk.ports.BotProfile` of a bot, workflow or chatflow, asked through *inquire*."""

    def __init__(
        self, inquire: Callable[[], Inquiry], *, origin: str, pictures: Iterable[str], key: str, id_: str
    ) -> None:
        self.file_hosts = FileHosts(own=origin, public=(*FILE_HOSTS, *pictures))
        self.introduction = Introduction()
        self._inquire = inquire
        self._key = key
        self._id = id_

    async def check(self) -> Finding:
        """
        Whether Coze knows it, for an operator; learns the introduction. Raises `Unreachable` while Coze is away.

        A token that may not look (it lacks getMetadata, or this Studio has no such call) is no failure.
        """
        async with self._inquire() as inquiry:
            answer = await checks.look_up(inquiry, self._key, self._id)
            if answer.code is None:
                self.introduction = read_introduction(answer.data)
            elif checks.is_refused(answer) and (region := await checks.elsewhere(inquiry)) is not None:
                return checks.of_another_region(inquiry, region)
            elif checks.may_not_look(answer):
                return ok("the token may not look at it")
            return checks.judge(inquiry, answer, self._key, self._id)


def read_introduction(data: Any) -> Introduction:
    """The introduction in *data*, a bot's metadata."""
    known = data if isinstance(data, dict) else {}
    onboarding = known.get("onboarding_info")
    told = onboarding if isinstance(onboarding, dict) else {}
    suggested = told.get("suggested_questions")
    questions = [
        one for one in (suggested if isinstance(suggested, list) else ()) if isinstance(one, str) and one.strip()
    ]
    return Introduction(
        name=str(known.get("name") or ""),
        greeting=str(told.get("prologue") or "").strip(),
        questions=tuple(questions[:_SUGGESTED_MOST]),
    )

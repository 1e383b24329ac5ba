"""
The steps of a workflow's run: the nodes that say something, and to which the author has given a name.

Pure: nothing here waits, sends, or reads a clock.
"""

import re
from collections.abc import Iterator
from typing import Final

from bridge.sdk.asking import Step

_UNNAMED: Final = re.compile(
    r"(?:|end|start|message|output|answer|question|input|llm|结束|开始|消息|输出|输入|问答|大模型)[\s_-]*\d*",
    re.IGNORECASE,
)
"""How Coze calls a node that nobody has named, in its two languages; https://docs.coze.cn/guides/workflow_nodes."""


class Steps:
    """How far each step of one run is."""

    def __init__(self) -> None:
        self._over: dict[str, bool] = {}  # by title

    def reach(self, title: str, *, is_over: bool) -> Iterator[Step]:
        """A node of that *title* says something, or has said everything; gives its step, if that is news."""
        title = title.strip()
        if not _UNNAMED.fullmatch(title) and self._over.get(title) is not is_over:
            self._over[title] = is_over
            yield Step(title=title, is_over=is_over)

    def close(self) -> Iterator[Step]:
        """The run is over; gives the steps that end with it."""
        for title in [title for title, is_over in self._over.items() if not is_over]:
            yield from self.reach(title, is_over=True)

"""Finds the pictures, sounds and documents that a bot's Markdown shows by their address."""

from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bridge.sdk.asking import FileHosts

MOST: Final = 20
"""Addresses of one answer that are used: two full albums, and what a group takes in a minute."""

_LONGEST: Final = 100_000  # characters of an answer that is searched ...
_BRACKETS_MOST: Final = 2_000  # ... and brackets in it, over which the parser takes its time
_PARSER: Final = MarkdownIt("commonmark")
_CALLED: Final = (
    "图片", "图像", "image", "picture", "photo", "音频", "语音", "audio", "voice", "视频", "video", "文件", "下载", "download",
)  # fmt: skip
_ENDINGS: Final = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".mp3", ".ogg", ".opus", ".m4a", ".wav", ".mp4", ".pdf", ".doc", ".docx",
    ".xls", ".xlsx", ".ppt", ".pptx", ".zip",
)  # fmt: skip


def pictures(markdown: str, hosts: FileHosts) -> tuple[str, ...]:
    """
    The distinct addresses, in the order in which they are shown.

    Coze's plugins write ``[图片](…)`` as often as ``![…](…)``, and what they have spoken or written as ``[音频](…)`` and
    ``[report.docx](…)``, so such a link to one of *hosts* counts as well.
    """
    if not ("](" in markdown or "![" in markdown) or len(markdown) > _LONGEST or markdown.count("[") > _BRACKETS_MOST:
        return ()
    tokens = [token for block in _PARSER.parse(markdown) for token in block.children or ()]
    return tuple(dict.fromkeys([*_shown(tokens), *_called(tokens, hosts)]))[:MOST]


def _shown(tokens: Iterable[Token]) -> Iterator[str]:
    return (str(token.attrs.get("src") or "") for token in tokens if token.type == "image" and token.attrs.get("src"))


def _called(tokens: list[Token], hosts: FileHosts) -> Iterator[str]:
    """The links that are called files."""
    for at, token in enumerate(tokens):
        if token.type == "link_open" and at + 1 < len(tokens):
            url = str(token.attrs.get("href") or "")
            if _is_at(url, hosts) and _is_called_one(url, tokens[at + 1].content):
                yield url


def _is_at(url: str, hosts: FileHosts) -> bool:
    if hosts.own and url.startswith(f"{hosts.own}/"):
        return True
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == known or host.endswith(f".{known}") for known in hosts.public)


def _is_called_one(url: str, label: str) -> bool:
    path = url.partition("?")[0].lower()
    words = label.lower()
    return path.endswith(_ENDINGS) or words.endswith(_ENDINGS) or any(word in words for word in _CALLED)

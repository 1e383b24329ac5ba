"""
Files of a Bot API server that runs with ``--local``: it gives their paths instead of serving them.

https://core.telegram.org/bots/api#using-a-local-bot-api-server
"""

import asyncio
from pathlib import Path

from bridge.sdk.errors import Refused


async def read_local_file(path: str, folder: Path | None, at_most: int) -> bytes:
    """Read the file at *path*; raises `Refused`, worded for an operator, if it is outside *folder* or too large."""
    if folder is None:
        raise Refused("the Bot API server runs with --local: name the folder of its files by the adapter's key `files`")
    return await asyncio.to_thread(_read, Path(path), folder, at_most)


def _read(path: Path, folder: Path, at_most: int) -> bytes:
    found = path.resolve()
    if not found.is_relative_to(folder.resolve()):  # links are followed first
        raise Refused(f"the Bot API server keeps a file outside of {folder}, the adapter's `files`")
    try:
        with found.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as failure:
        raise Refused(f"cannot read a file below {folder}, the adapter's `files`: {failure.strerror}") from failure
    if len(data) > at_most:
        raise Refused(f"expected a file of at most {at_most} bytes, got more")
    return data

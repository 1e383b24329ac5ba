"""What Coze allows, each with the page that says so."""

from typing import Final

META_LONGEST: Final = 512
"""Characters of a value beside a question. https://docs.coze.cn/developer_guides/chat_v3"""

RECORDING_LARGEST: Final = 10 << 20
"""Bytes of sound that Coze transcribes. https://docs.coze.cn/developer_guides/audio_transcriptions"""

PAGE_MOST: Final = 50
"""Workspaces, or bots, in one page of their list. https://docs.coze.cn/developer_guides/list_workspace"""

"""
What the site needs beyond the papers, which are read in the repository too.

The papers at the top of the repository become pages, and links to what is no page (the code, files of deploy/) become text.
"""

import logging
import posixpath
import re
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

TOP: Final = Path(__file__).parents[1]
PAPERS: Final = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
LINK: Final = re.compile(r"(?<!!)\[((?:[^][]|\[[^]]*\])*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


logging.getLogger("jieba").setLevel(logging.WARNING)  # it tells how it reads its dictionary


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take the papers of the top for pages, too."""
    for name in PAPERS:
        files.append(File.generated(config, name, abs_src_path=str(TOP / name)))
    return files


def on_page_markdown(markdown: str, page: Page, files: Files, **_: Any) -> str:
    """Let each link lead to a page, or be the text it says."""
    at = page.file.src_uri if page.file.src_uri in PAPERS else f"docs/{page.file.src_uri}"

    def relinked(link: re.Match[str]) -> str:
        text, to, anchor = link[1], link[2], link[3] or ""
        if re.match(r"\w+:", to):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(at), to)).removeprefix("docs/")
        if files.get_file_from_path(target) is None:
            return text
        return f"[{text}]({posixpath.relpath(target, posixpath.dirname(page.file.src_uri))}{anchor})"

    return LINK.sub(relinked, markdown)

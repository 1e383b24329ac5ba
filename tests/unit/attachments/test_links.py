"""The addresses that an answer shows."""

import pytest

from bridge.attachments.links import MOST, pictures
from bridge.sdk.asking import FileHosts

HOSTS = FileHosts(own="http://home.example:8888", public=("coze.cn", "coze.com", "byteimg.com"))

SHOWN = {
    "![a cat](https://a.example/cat.png)": ["https://a.example/cat.png"],
    "Two: ![](https://a.example/1) and ![b](https://a.example/2 'title')": [
        "https://a.example/1",
        "https://a.example/2",
    ],
    "![a](https://a.example/1)\n\n![again](https://a.example/1)": ["https://a.example/1"],
    "[![a](https://a.example/1)](https://a.example/page)": ["https://a.example/1"],
    "![a][1]\n\n[1]: https://a.example/1": ["https://a.example/1"],
    "![chart]\n\n[chart]: https://a.example/1 'title'": ["https://a.example/1"],
    "![a][1] and no address": [],
    "| a |\n|---|\n| ![a](https://a.example/1) |": ["https://a.example/1"],
    "[图片](https://s.coze.cn/t/abc/)": ["https://s.coze.cn/t/abc/"],
    "[look](https://p9-sign.byteimg.com/x.jpeg?x=1)": ["https://p9-sign.byteimg.com/x.jpeg?x=1"],
    "[图片](http://home.example:8888/t)": ["http://home.example:8888/t"],
    "[图片](https://elsewhere.example/cat.png)": [],
    "[音频](https://s.coze.cn/t/abc)": ["https://s.coze.cn/t/abc"],
    "[listen](https://s.coze.cn/a.MP3?x=1)": ["https://s.coze.cn/a.MP3?x=1"],
    "[语音](https://elsewhere.example/said.mp3)": [],
    "[文件](https://s.coze.cn/t/doc)": ["https://s.coze.cn/t/doc"],
    "[Q3 报告.PDF](https://lf.coze.cn/obj/1?sign=x)": ["https://lf.coze.cn/obj/1?sign=x"],
    "[slides](https://lf.coze.cn/a/deck.pptx?x-expires=1)": ["https://lf.coze.cn/a/deck.pptx?x-expires=1"],
    "[点击下载](https://s.coze.cn/t/xls/) or [video](https://lf.coze.cn/v.mp4)": [
        "https://s.coze.cn/t/xls/",
        "https://lf.coze.cn/v.mp4",
    ],
    "[report.pdf](https://elsewhere.example/report.pdf)": [],
    "[the text](https://s.coze.cn/said.mp3.html)": [],
    "[图片](https://coze.cn.evil.example/cat.png)": [],
    "[docs](https://www.coze.cn/docs)": [],
    "`![a](https://a.example/1)`": [],
    "```\n![a](https://a.example/1)\n```": [],
    "no picture [at all]": [],
    "[图片](http://[bad/x.png)": [],
}


@pytest.mark.parametrize(("markdown", "shown"), SHOWN.items())
def test_they_are_found_where_they_would_be_seen(markdown: str, shown: list[str]) -> None:
    assert shown == [*pictures(markdown, HOSTS)]


def test_there_is_an_end_to_them() -> None:
    many = " ".join(f"![{number}](https://a.example/{number})" for number in range(50))

    assert MOST == len(pictures(many, HOSTS))


@pytest.mark.parametrize("noise", ["![" * 3_000, "words " * 20_000])
def test_a_book_is_not_searched(noise: str) -> None:
    assert () == pictures(noise + "![a](https://a.example/1)", HOSTS)

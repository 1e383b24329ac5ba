"""What a bot may have us ask for, and what not: the addresses people are attacked with, one by one."""

import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bridge.attachments.safe_fetch import CheckedResolver, SafeFetcher, is_public, permitted
from bridge.sdk.asking import FileHosts
from bridge.sdk.errors import Later, Never, Refused, Unreachable
from simulators.coze import Coze

PNG = b"\x89PNG\r\n\x1a\n a cat"

OUTSIDE = [
    "https://example.com/cat.png",
    "https://example.com:443/cat.png",
    "https://p9-bot-workflow-sign.byteimg.com/tos-cn/cat.png~tplv.image?x-expires=1&x-signature=%2Bab",
    "https://例え.jp/cat.png",
    "https://8.8.8.8/cat.png",
    "https://[2606:4700::1111]/cat.png",
    "https://example.com./cat.png",
    "HTTPS://EXAMPLE.COM/cat.png",
]
INSIDE = [
    "http://example.com/cat.png",  # not encrypted
    "ftp://example.com/cat.png",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "data:image/png;base64,AAAA",
    "//example.com/cat.png",
    "/cat.png",
    "",
    "https://",
    "https://example.com:8443/cat.png",
    "https://user@example.com/cat.png",
    "https://user:pass@example.com/cat.png",
    "https://example.com@127.0.0.1/cat.png",
    "https://127.0.0.1/cat.png",
    "https://127.0.0.1:443/cat.png",
    "https://127.1/cat.png",
    "https://127.255.255.254/cat.png",
    "https://0/cat.png",
    "https://0.0.0.0/cat.png",
    "https://2130706433/cat.png",  # 127.0.0.1 as one number
    "https://0x7f000001/cat.png",
    "https://0x7f.1/cat.png",
    "https://017700000001/cat.png",
    "https://0177.0.0.1/cat.png",
    "https://127.0.0.0x1/cat.png",
    "https://①②⑦.⓪.⓪.①/cat.png",
    "https://localhost/cat.png",
    "https://localhost./cat.png",
    "https://intranet/cat.png",
    "https://10.0.0.1/cat.png",
    "https://172.16.0.1/cat.png",
    "https://192.168.1.1/cat.png",
    "https://100.64.0.1/cat.png",
    "https://100.100.100.200/latest/meta-data",  # Alibaba
    "https://169.254.169.254/latest/meta-data",  # AWS, Azure, Google, Volcano
    "https://168.63.129.16/metadata",  # Azure
    "https://192.0.0.192/opc",  # Oracle
    "https://198.18.0.1/cat.png",
    "https://224.0.0.1/cat.png",
    "https://255.255.255.255/cat.png",
    "https://240.0.0.1/cat.png",
    "https://[::1]/cat.png",
    "https://[::]/cat.png",
    "https://[::ffff:127.0.0.1]/cat.png",
    "https://[::ffff:a9fe:a9fe]/cat.png",
    "https://[::127.0.0.1]/cat.png",
    "https://[64:ff9b::7f00:1]/cat.png",  # 127.0.0.1 behind a translator
    "https://[2002:7f00:1::]/cat.png",  # ... and behind another
    "https://[2001:0:53aa:64c::]/cat.png",
    "https://[fe80::1]/cat.png",
    "https://[fe80::1%25eth0]/cat.png",
    "https://[fc00::1]/cat.png",
    "https://[fd00:ec2::254]/latest/meta-data",
    "https://[ff02::1]/cat.png",
    "https://[fec0::1]/cat.png",
    "https://[100::1]/cat.png",
    "https://[3fff::1]/cat.png",
    "https://[2001:db8::1]/cat.png",
]
UNREADABLE = ["https://exa mple.com/", "https://example.com\\@127.0.0.1/", "https://ex\nample.com/", "https://[::1/"]


class Names(AbstractResolver):
    """What every name leads to, look-up by look-up; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {"hostname": host, "host": one, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def coze() -> AsyncIterator[Coze]:
    """A Coze as it is."""
    async with Coze() as coze:
        yield coze


EXAMPLE = FileHosts(public=("example.com",))


def anywhere(address: str) -> FileHosts:
    """As if the config named the very host of *address*: what it leads to must be checked all the same."""
    with suppress(ValueError):
        return FileHosts(public=(URL(address).raw_host or "nowhere.example",))
    return EXAMPLE


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_open_internet_may_be_asked(address: str) -> None:
    assert permitted(URL(address), anywhere(address))


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_may_be_asked(address: str) -> None:
    assert not permitted(URL(address), anywhere(address))


@pytest.mark.parametrize("address", [*INSIDE, *UNREADABLE])
async def test_nobody_is_even_looked_up(address: str) -> None:
    names = Names(["127.0.0.1"])
    with pytest.raises(Refused):
        await SafeFetcher(names=names).fetch(address, hosts=anywhere(address))

    assert [] == names.asked


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "nonsense"])
async def test_a_good_name_that_leads_inside_is_not_followed(inside: str) -> None:
    names = Names([inside])
    with pytest.raises(Unreachable):
        await SafeFetcher(names=names).fetch("https://example.com/cat.png", hosts=EXAMPLE)

    assert ["example.com"] == names.asked


async def test_one_address_inside_spoils_the_name() -> None:
    """Whoever connects may take any of them."""
    with pytest.raises(OSError, match="public"):
        await CheckedResolver(Names(["8.8.8.8", "127.0.0.1"])).resolve("example.com", 443)


async def test_a_name_that_changes_its_mind_is_checked_each_time() -> None:
    resolver = CheckedResolver(Names(["8.8.8.8"], ["127.0.0.1"]))

    assert ["8.8.8.8"] == [one["host"] for one in await resolver.resolve("rebinding.example", 443)]
    with pytest.raises(OSError, match="public"):
        await resolver.resolve("rebinding.example", 443)


def test_no_address_is_public_by_mistake() -> None:
    assert not is_public("not an address")
    assert is_public("1.1.1.1")


ELSEWHERE = [
    "https://evil.example/p.png?q=secret",
    "https://example.com.evil.example/p.png",
    "https://notexample.com/p.png",
    "https://evil.example/example.com/p.png",
    "http://example.com/p.png",
    "https://example.com:8443/p.png",
]


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_hosts_that_nobody_named_are_not_asked(address: str) -> None:
    """A bot can be talked into an address that carries a secret out."""
    names = Names(["8.8.8.8"])
    with pytest.raises(Refused):
        await SafeFetcher(names=names).fetch(address, hosts=EXAMPLE)

    assert [] == names.asked


@pytest.mark.parametrize(
    "address", ["https://example.com/a", "https://CDN.Example.com/p.png?x=1", "https://a.b.example.com/"]
)
def test_a_host_that_was_named_may_be_asked_with_all_below_it(address: str) -> None:
    assert permitted(URL(address), EXAMPLE)


class TestTheBotsOwnSide:
    """The one origin that may be inside; it stands in for the open internet, which tests do not have."""

    async def test_its_files_are_fetched(self, coze: Coze) -> None:
        media = await SafeFetcher().fetch(coze.serve("cat.jpg", PNG), hosts=FileHosts(own=coze.url))

        assert ("cat.png", "image/png", PNG) == (media.name, media.mime, media.data)

    @pytest.mark.parametrize("path", ["/v1/admin/delete", "/", "/v1/bots/7?x=.png", "/v1/files#.png", "/made/cat.png/"])
    async def test_nothing_but_files_is_asked_for(self, coze: Coze, path: str) -> None:
        with pytest.raises(Refused):
            await SafeFetcher().fetch(coze.url + path, hosts=FileHosts(own=coze.url))

        assert [] == coze.calls

    async def test_it_is_trusted_with_its_port_alone(self, coze: Coze) -> None:
        with pytest.raises(Refused):
            await SafeFetcher().fetch(coze.serve("cat.png", PNG), hosts=FileHosts(own="http://127.0.0.1:1"))

    @pytest.mark.parametrize("elsewhere", ["http://169.254.169.254/", "https://[::1]/", "http://127.0.0.1:1/", "\\\\x"])
    async def test_a_redirection_is_checked_like_the_first_address(self, coze: Coze, elsewhere: str) -> None:
        with pytest.raises(Refused):
            await SafeFetcher().fetch(coze.send_away("away.png", elsewhere), hosts=FileHosts(own=coze.url))

    async def test_a_redirection_to_a_name_that_leads_inside_is_not_followed(self, coze: Coze) -> None:
        address = coze.send_away("away.png", "https://example.com/cat.png")
        with pytest.raises(Unreachable):
            await SafeFetcher(names=Names(["10.0.0.1"])).fetch(
                address, hosts=FileHosts(own=coze.url, public=("example.com",))
            )

    async def test_a_few_redirections_are_followed(self, coze: Coze) -> None:
        coze.serve("cat.png", PNG)
        coze.send_away("one.png", "/made/two.png")
        coze.send_away("two.png", "three.png")
        media = await SafeFetcher().fetch(
            coze.send_away("three.png", "cat.png").replace("three", "one"), hosts=FileHosts(own=coze.url)
        )

        assert PNG == media.data

    async def test_a_circle_of_redirections_ends(self, coze: Coze) -> None:
        with pytest.raises(Refused, match="redirections"):
            await SafeFetcher().fetch(coze.send_away("round.png", "round.png"), hosts=FileHosts(own=coze.url))

        assert 4 == len(coze.called("made"))

    @pytest.mark.parametrize("content", [b"<!doctype html><p>", b"{}", b"just words", b"\x00\x01"])
    async def test_what_is_nothing_to_show_is_not_taken(self, coze: Coze, content: bytes) -> None:
        """So that what a page inside says can never be told to anybody."""
        with pytest.raises(Refused):
            await SafeFetcher().fetch(coze.serve("cat.png", content, "image/png"), hosts=FileHosts(own=coze.url))

    async def test_what_is_not_there_is_refused(self, coze: Coze) -> None:
        with pytest.raises(Refused, match="404"):
            await SafeFetcher().fetch(f"{coze.url}/made/nothing.png", hosts=FileHosts(own=coze.url))

    async def test_a_file_too_big_is_not_taken(self, coze: Coze) -> None:
        with pytest.raises(Refused):
            await SafeFetcher(at_most=100).fetch(coze.serve("cat.png", PNG + bytes(100)), hosts=FileHosts(own=coze.url))

    async def test_nobody_waits_for_ever(self) -> None:
        with pytest.raises((Later, Never)):
            await SafeFetcher(within=0.0).fetch("https://example.com/cat.png", hosts=EXAMPLE)

"""A file whose host lies about it, going in or coming out: whoever asked is answered, and the daemon neither grows nor stops."""

import gzip

import pytest

from simulators.coze.script import Say
from tests.scenarios.harness import BridgeHarness, SlackTalk, TelegramTalk
from tests.scenarios.test_media import JPG, PNG, shares

MIB = 1 << 20
GROWN = 128 * MIB
"""Bytes by which the daemon may have grown at most: a few files of the largest size, and what their copies cost."""


def answer(*headers: str, body: bytes, kind: str = "image/png") -> bytes:
    """HTTP as it goes over the wire, with these headers and no others."""
    lines = ("HTTP/1.1 200 OK", f"Content-Type: {kind}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


def chunked(body: bytes) -> bytes:
    """A chunk, after which there might come more."""
    return b"%x\r\n%b\r\n" % (len(body), body)


LIES = {
    "shorter than there is": answer("Content-Length: 20", body=PNG + bytes(MIB)),
    "longer than there is": answer(f"Content-Length: {MIB}", body=PNG),
    "longer than any file": answer(f"Content-Length: {10**18}", body=PNG),
    "less than nothing": answer("Content-Length: -1", body=PNG),
    "no number": answer("Content-Length: many", body=PNG),
    "two lengths": answer("Content-Length: 20", "Content-Length: 40", body=PNG),
    "a length and chunks": answer("Content-Length: 20", "Transfer-Encoding: chunked", body=chunked(PNG)),
    "no length, and more than any file": answer("Connection: close", body=PNG + bytes(17 * MIB)),
    "chunks without an end": answer("Transfer-Encoding: chunked", body=chunked(PNG) + chunked(bytes(MIB)) * 17),
    "a chunk of which no end is told": answer("Transfer-Encoding: chunked", body=b"f" * 10_000 + b"\r\n"),
    "packed a thousand times": answer("Content-Encoding: gzip", body=gzip.compress(PNG + bytes(64 * MIB))),
    "said to be packed": answer("Content-Encoding: gzip", body=PNG),
    "no HTTP": PNG * 100,
}


@pytest.mark.parametrize("where", ["in_private", "in_dm"])
async def test_what_people_send_is_asked_about(shared_bridge: BridgeHarness, where: str) -> None:
    """Everybody at once: each lie is told to somebody once, and to whoever tries again perhaps another."""
    bridge, before = shared_bridge, shared_bridge.peak_memory()
    people, told = {lie: bridge.someone(where) for lie in LIES}, set[str]()

    def tells(lie: str) -> bool:
        told.add(lie)
        return True

    for lie, ann in people.items():
        assert isinstance(ann, TelegramTalk | SlackTalk)
        bridge.plays(f"{lie}, {where}?", Say((f"Heard: {lie}.",)))
        ann.platform.faults.add("download", cut=True, raw=LIES[lie], when=lambda _, lie=lie: tells(lie))
        shares(ann, "photo", "cat.jpg", JPG, f"{lie}, {where}?")
    for lie, ann in people.items():
        await ann.until(lambda ann=ann, lie=lie: any(f"Heard: {lie}." in text for text in ann.answers))

    assert [] == [lie for lie, ann in people.items() if not any(f"Heard: {lie}." in text for text in ann.answers)]
    assert {*LIES} == told
    assert bridge.peak_memory() - before < GROWN


@pytest.mark.parametrize("where", ["in_private", "in_dm"])
async def test_what_a_bot_shows_is_shown_or_stays_a_link(shared_bridge: BridgeHarness, where: str) -> None:
    """Each of them says something more, whose answer is not kept waiting by the picture before it."""
    bridge, before = shared_bridge, shared_bridge.peak_memory()
    people = {lie: bridge.someone(where) for lie in LIES}
    for number, (lie, ann) in enumerate(people.items()):
        url = bridge.coze.serve(f"{where}-{number}.png", PNG)
        name = url.rpartition("/")[2]
        bridge.coze.faults.add("made", cut=True, raw=LIES[lie], when=lambda params, name=name: params["name"] == name)
        bridge.plays(f"draw {lie}, {where}", Say(("Look: ", f"![a cat]({url})")))
        ann.says(f"draw {lie}, {where}")
        ann.says("And?")
    for ann in people.values():
        await ann.until(lambda ann=ann: "You said: And?" in ann.answers)

    shown = {lie: ("Look:" in "".join(ann.answers), "You said: And?" in ann.answers) for lie, ann in people.items()}
    assert dict.fromkeys(LIES, (True, True)) == shown
    assert len(LIES) <= len([call for call in bridge.coze.called("made") if call.params["name"].startswith(where)])
    assert bridge.peak_memory() - before < GROWN

"""Who is let in and where we go out: whatever is shown to the signature, to the pattern, or as an address."""

import hashlib
import hmac
import ipaddress
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from adapters.slack.hosts import is_slacks
from adapters.slack.signature import OLDEST, is_signed, may_be_signed
from adapters.slack.webhook import parse
from bridge.attachments.safe_fetch import is_public, permitted
from bridge.config.patterns import parse_pattern
from bridge.sdk.asking import FileHosts

RE2 = type(parse_pattern("a").compiled)
NOW = 1_700_000_000
SECRET = "a-signing-secret"
STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"

bodies = st.binary(max_size=200)


def signed(body: bytes, stamp: int = NOW, secret: str = SECRET) -> dict[str, str]:
    """The headers with which whoever knows *secret* sends *body*."""
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {STAMP: str(stamp), SIGNATURE: f"v0={digest}"}


def lets_in(headers: dict[str, str], body: bytes) -> bool:
    return may_be_signed(headers, NOW) and is_signed(headers, body, SECRET)


@given(body=bodies, other=bodies, stamp=st.integers(0, 2 * NOW), secret=st.text(max_size=40))
def test_slack_is_let_in_and_nobody_who_changes_anything(body: bytes, other: bytes, stamp: int, secret: str):
    assert lets_in(signed(body), body)
    assert (body == other) == lets_in(signed(body), other)
    assert (secret == SECRET) == lets_in(signed(body, secret=secret), body)
    assert (abs(stamp - NOW) <= OLDEST) == lets_in(signed(body, stamp), body)
    assert (stamp == NOW) == lets_in(signed(body) | {STAMP: str(stamp)}, body)


@given(stamp=st.text(max_size=30) | st.from_regex(r"-?\d{1,6000}"), signature=st.text(max_size=80), body=bodies)
@example(stamp="9" * 5_000, signature="v0=" + "0" * 64, body=b"")
@example(stamp="1_700_000_000", signature="v0=" + "0" * 64, body=b"")
@example(stamp="１７００００００００", signature="v0=" + "０" * 64, body=b"")
def test_whatever_stands_in_the_headers_is_no_signature(stamp: str, signature: str, body: bytes):
    assert not lets_in({STAMP: stamp, SIGNATURE: signature}, body)


hosts = st.sampled_from(
    ["hooks.slack.com", "slack.com", "evil.example", "hooks.slack.com.evil.example", "evilslack.com", "127.0.0.1"]
)
addresses = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "https:", "//", "", "file://", "HTTPS://"]),
    st.sampled_from(["", "a@", "hooks.slack.com@", "hooks.slack.com:x@", "\\", "hooks.slack.com\\@"]),
    hosts | st.text(max_size=12),
    st.sampled_from(["", ":443", ":8080", ":x"]),
    st.sampled_from(["", "/", "/@hooks.slack.com", "?hooks.slack.com", "#.slack.com", "/r", "\r\nX: 1"]),
)


@given(address=addresses)
def test_an_answer_leaves_for_slack_alone_however_the_address_is_read(address: str):
    if is_slacks(address, URL("https://slack.com").origin()):
        read = urlsplit(address)

        assert "https" == read.scheme
        assert f".{read.hostname}".endswith((".slack.com", ".slack-gov.com"))


INSIDE = (
    *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8"),
    *("::1/128", "fe80::/10", "fc00::/7", "::ffff:0:0/112"),
)
inside = st.sampled_from(INSIDE).map(ipaddress.ip_network).flatmap(lambda net: st.ip_addresses(network=net))


def spellings(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[str]:
    """How *address* can be written in a URL, and be understood by somebody."""
    if isinstance(address, ipaddress.IPv6Address):
        return [f"[{address.compressed}]", f"[{address.exploded}]"]
    number, (first, *rest) = int(address), str(address).split(".")
    mapped = [f"[::ffff:{address}]", f"[::ffff:{number >> 16:x}:{number & 0xFFFF:x}]"]
    odd = [str(number), hex(number), f"0{number:o}", f"{int(first):#o}.".replace("0o", "0") + ".".join(rest)]
    return [str(address), *odd, f"{hex(int(first))}.{'.'.join(rest)}", *mapped]


@given(address=inside, data=st.data())
def test_nothing_inside_is_asked_however_its_address_is_spelt(address, data: st.DataObject):
    spelt = data.draw(st.sampled_from(spellings(address)))
    try:
        url = URL(f"https://{spelt}/cat.png")
    except ValueError:  # refused as it is read
        return

    assert not is_public(str(address))
    assert not permitted(url, FileHosts(public=(url.raw_host or "", spelt.strip("[]"))))


@given(address=st.text(max_size=60) | addresses, named=hosts)
def test_only_a_host_that_was_named_is_asked_and_by_https(address: str, named: str):
    try:
        url = URL(address)
    except ValueError:
        return
    if permitted(url, FileHosts(public=(named,))):
        assert "https" == url.scheme
        assert f".{url.host}".lower().endswith(f".{named}")


@given(pattern=st.text(alphabet=r"ab\w\s(?:)*+{}1,9[]^$|=!", max_size=30), text=st.text(max_size=200))
@example(pattern=r"^(\w+\s?)*\?$", text="a" * 100_000 + " !")
@example(pattern=r"(a|a)*b", text="a" * 100_000)
@example(pattern=r"(a*)*(a*)*(a*)*b", text="a" * 100_000)
@example(pattern=r"((((a?){9}){9}){9}){9}b", text="a" * 10_000)
def test_a_pattern_that_is_taken_runs_in_linear_time(pattern: str, text: str):
    """RE2 has no other way to run one: the examples would not end in any other. What it cannot run is refused by a word."""
    with suppress(ValueError):
        taken = parse_pattern(pattern)

        assert RE2 is type(taken.compiled)
        assert taken.search(text) in (True, False)


KINDS = (
    "application/json",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "",
)
forms = st.dictionaries(st.sampled_from(["payload", "text", "a"]), st.text(max_size=40)).map(urlencode)


@given(body=bodies | st.text(max_size=200).map(str.encode) | forms.map(str.encode), kind=st.sampled_from(KINDS))
@example(body=b"payload=" + b"[" * 100_000, kind=KINDS[1])
@example(body=b"&".join([b"a=b"] * 1_000), kind=KINDS[1])
@example(body=b'{"a": "\\ud800"}', kind=KINDS[0])
@example(body=b'{"a": ' + b"9" * 5_000 + b"}", kind=KINDS[0])
def test_a_signed_body_is_an_event_or_refused_by_a_value_error(body: bytes, kind: str):
    with suppress(ValueError):
        assert isinstance(parse(body, kind), dict)

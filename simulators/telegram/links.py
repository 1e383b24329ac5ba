"""
What is wrong with an address, in Telegram's words.

The rules are those of TDLib, which refuses a whole message for one bad address among its entities.
https://github.com/tdlib/td/blob/master/tdutils/td/utils/HttpUrl.cpp
"""

HOST_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_!$,~*'();&+=")
HEX_DIGITS = frozenset("0123456789abcdef")
PORT_HIGHEST = 65535


def link_error(url: str) -> str | None:
    """What is wrong with *url*, or None; without a scheme it is taken for a web address."""
    scheme, separator, rest = url.partition("://")
    if url.startswith(("tg:", "ton:", "tonsite:")):
        return None
    if not separator:
        scheme, rest = "http", url
    if scheme.lower() not in ("http", "https"):
        return "Unsupported URL protocol"
    authority = rest.split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    host, colon, port = authority.rpartition("@")[2].partition(":")
    if colon and not (port.isdecimal() and 0 < int(port) <= PORT_HIGHEST):
        return "Wrong port number specified in the URL"
    return _host_error(host.lower()) or ("Wrong HTTP URL" if any(sign.isspace() for sign in url) else None)


def _host_error(host: str) -> str | None:
    """What is wrong with a *host* in small letters."""
    if not host:
        return "URL host is empty"
    if "." not in host.strip("."):
        return "Wrong HTTP URL"
    for at, sign in enumerate(host):
        if sign == "%" and not set(host[at + 1 : at + 3]) <= HEX_DIGITS:
            return "Wrong percent-encoded symbol in URL host"
        if sign not in HOST_SIGNS and sign != "%" and sign.isascii():
            return "Disallowed character in URL host"
    return None

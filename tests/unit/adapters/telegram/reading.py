"""What a person reads in HTML and in a message of Telegram's, to be compared."""

import html
import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import unquote

from adapters.telegram.render import render

WORDS_WITHIN = {"b", "strong", "i", "em", "a", "code", "del", "s", "span", "sub", "sup", "input"}

MARKS = r"<[^<>]*>|\]\([^()]*\)|[*~_`\[\]]"


class Reader(HTMLParser):
    """The words of a page, without its tags, and the addresses of its links; not those of pictures that are links."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.addresses: list[str] = []
        self.linked = False

    def handle_data(self, data):
        self.text.append(data)

    def handle_starttag(self, tag, attrs):
        if tag not in WORDS_WITHIN:
            self.text.append(" ")
        if tag == "a" or (tag == "img" and not self.linked):
            self.addresses += [value for name, value in attrs if name in {"href", "src"} and value]
        self.linked = self.linked or tag == "a"

    def handle_endtag(self, tag):
        self.linked = self.linked and tag != "a"
        if tag not in WORDS_WITHIN:
            self.text.append(" ")


def read(page):
    """The words and addresses of *page*, in HTML."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return "".join(reader.text), [plain(address) for address in reader.addresses]


def signs(text, but=""):
    """All that is to be seen in *text*, sign by sign, however it is written; *but* what is left out."""
    bare = text.replace("•", "-").replace("———", "---").translate(dict.fromkeys(map(ord, but)))
    return "".join(sign for sign in unicodedata.normalize("NFKC", bare).casefold() if is_visible(sign))


def is_visible(sign):
    return not sign.isspace() and unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Cn")


def words(text):
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def plain(address):
    """*address* as it may be written in a text."""
    return re.sub(r"^(?:mailto:|xmpp:|https?://)", "", unquote(html.unescape(address), errors="replace")).casefold()


def shown(source):
    """What Telegram shows for *source*, and the same with each link's address behind its words."""
    message = render(source)
    units = message.text.encode("utf-16-le")
    for entity in sorted(message.entities, key=lambda entity: -entity["offset"] - entity["length"]):
        if url := entity.get("url"):
            end = 2 * (entity["offset"] + entity["length"])
            units = units[:end] + f" {url} ".encode("utf-16-le") + units[end:]
    return message.text, units.decode("utf-16-le")


def out_of_order(wanted, given):
    """Where *wanted* goes on with a sign that does not stand in what is *given* behind all before it; None where each does."""
    left = iter(given)
    return next((f"…{wanted[max(0, at - 20) : at]}▸{sign}" for at, sign in enumerate(wanted) if sign not in left), None)


def lost(page, text, whole, *, ordered=True, but=""):
    """What a person would read in *page*, in HTML, and does not in the *text*, or in the *whole* with addresses."""
    said, addresses = read(page)
    found = []
    if ordered and (sign := out_of_order(signs(said, but), signs(text, but))):
        found.append(f"sign {sign}")
    bare = " ".join(
        signs(re.sub(marks, "", side))
        for side in (text, whole)
        for marks in (r"$^", r"[*~_`\[\]]", r"<[^<>]*>|[*~_`\[\]]", MARKS)
    )
    found += [f"word {word}" for word in words(said) if word not in bare]
    readable = unquote(html.unescape(whole), errors="replace").casefold()
    headings = "-".join(words(text))
    return found + [
        f"address {address}"
        for address in addresses
        if address not in readable and not (address.startswith("#") and address[1:] in headings)
    ]

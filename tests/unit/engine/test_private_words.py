"""The words of a message that are cut out of logs: all that people wrote, whoever they are."""

from bridge.engine.private_words import words_of_message
from bridge.sdk.model import Address, Attachment, ChatType, Forward, Inbound, MediaKind, Person, Place, Quote, Rating


def file(name: str) -> Attachment:
    return Attachment(kind=MediaKind.FILE, handle="f1", name=name)


def test_all_that_people_wrote_and_their_names_are_private() -> None:
    message = Inbound(
        dedupe_keys=("k1",),
        where=Place(adapter="helpdesk", chat="42"),
        chat_type=ChatType.PRIVATE,
        address=Address.TO_US,
        author=Person(id="42", name="Ann"),
        sent_at=0.0,
        text="a question",
        forwards=(Forward(origin="Eve", text="a rumour"),),
        quote=Quote(text="an older message", author="Bob", attachments=(file("invoice.pdf"),)),
        attachments=(file("cat.jpg"),),
        rating=Rating(turn_key="t1", liked=False, reason="not true"),
    )

    private = {"Ann", "a question", "Eve", "a rumour", "an older message", "Bob", "invoice.pdf", "cat.jpg", "not true"}
    assert private == set(filter(None, words_of_message(message)))

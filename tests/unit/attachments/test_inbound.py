"""What cannot be used is left out, unless it is all there is."""

import pytest

from bridge.attachments.inbound import AttachmentUploader, LeftOut, UploadedAttachments
from bridge.sdk.asking import UploadedFile
from bridge.sdk.errors import Later, Refused, Unauthorised, Unreachable
from bridge.sdk.i18n import MessageId
from bridge.sdk.media import LARGEST
from bridge.sdk.model import Address, Attachment, ChatType, Inbound, MediaBytes, MediaKind, Person, Place


class Bot:
    """A bot that takes PDFs, and hears everything."""

    async def upload(self, media: MediaBytes) -> UploadedFile:
        if media.name.endswith(".pdf"):
            return UploadedFile(kind=MediaKind.FILE, file_id=media.name)
        raise Refused("not this one", message_id=MessageId.BOT_MISCONFIGURED)

    async def accept_recording(self, media: MediaBytes) -> str:
        return f"heard {media.name}"


async def fetch(attachment: Attachment, *, at_most: int) -> MediaBytes:
    """The file, called as its handle; some cannot be had."""
    assert at_most == LARGEST
    match attachment.handle:
        case "away":
            raise Unreachable("away")
        case "forbidden":
            raise Unauthorised("no scope")
    return MediaBytes(name=attachment.handle, mime="", data=b"...")


def file(handle: str, kind: MediaKind = MediaKind.FILE, size: int | None = None) -> Attachment:
    return Attachment(kind=kind, handle=handle, size=size)


async def brought(*attachments: Attachment, text: str = "") -> UploadedAttachments:
    """What arrives at the bot."""
    message = Inbound(
        dedupe_keys=("1",),
        where=Place(adapter="a", chat="1"),
        chat_type=ChatType.PRIVATE,
        author=Person(id="1"),
        text=text,
        address=Address.TO_US,
        attachments=attachments,
    )
    return await AttachmentUploader().upload_all(message, fetch, Bot())  # type: ignore[arg-type]  # the rest of a bot is not asked for


async def test_nothing_beside_a_text_is_nothing_to_carry() -> None:
    assert UploadedAttachments() == await brought(text="hello")


async def test_files_are_uploaded_and_recordings_become_text_in_their_order() -> None:
    got = await brought(file("1.pdf"), file("a.ogg", MediaKind.VOICE), file("2.pdf"), file("b.mp3", MediaKind.AUDIO))

    assert ("1.pdf", "2.pdf") == tuple(one.file_id for one in got.files)
    assert ("heard a.ogg", "heard b.mp3") == got.texts


@pytest.mark.parametrize(
    ("useless", "why", "told"),
    [
        (file("x.exe"), MessageId.FILE_NOT_TAKEN, "the bot takes no such file"),
        (file("forbidden"), MessageId.FILE_NOT_FETCHED, "it could not be fetched"),
        (file("1.pdf", size=LARGEST + 1), MessageId.FILE_TOO_BIG, "too big: at most 15 MB"),
    ],
)
async def test_what_is_useless_is_left_out(useless: Attachment, why: MessageId, told: str) -> None:
    assert ["1.pdf"] == [one.file_id for one in (await brought(useless, file("1.pdf"))).files]
    left_out = LeftOut(name="file", why=why)
    assert UploadedAttachments(left_out=(left_out,)) == await brought(useless, text="What is it?")
    assert f"file ({told})" == left_out.told("en")


@pytest.mark.parametrize(
    ("useless", "why"),
    [
        (file("x.exe"), "the bot takes no such file"),
        (file("forbidden"), "it could not be fetched"),
        (file("1.pdf", size=LARGEST + 1), "too big: at most 15 MB"),
    ],
)
async def test_if_it_is_all_there_is_the_person_hears_why(useless: Attachment, why: str) -> None:
    with pytest.raises(Refused) as refused:
        await brought(useless, text=" ")

    expected = f"I cannot use this file: file ({why}). Please try another kind, or a smaller one."
    assert expected == refused.value.sentence("en")


async def test_a_platform_that_is_away_is_waited_for() -> None:
    """And not taken for a bot that is."""
    with pytest.raises(Later) as away:
        await brought(file("away"), text="What is it?")

    assert not isinstance(away.value, Unreachable)

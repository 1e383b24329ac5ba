"""The attachments of one turn, in both directions, with all that they need bound once."""

from dataclasses import dataclass, field

from bridge.attachments.inbound import AttachmentUploader, UploadedAttachments
from bridge.attachments.links import pictures
from bridge.attachments.outbound import SPOKEN, WHOLE, AttachmentSender
from bridge.attachments.safe_fetch import SafeFetcher
from bridge.sdk.forms import file_of
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import Inbound, MediaBytes
from bridge.sdk.ports import Adapter, Bot, ReplySink


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What uploads and sends files in this process; all turns share it."""

    uploader: AttachmentUploader = field(default_factory=AttachmentUploader)
    sender: AttachmentSender = field(default_factory=lambda: AttachmentSender(SafeFetcher().fetch))


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAttachments:
    """The files of one turn."""

    carriers: Carriers
    message: Inbound
    adapter: Adapter  #: where the message's own files are fetched
    bot: Bot  #: which is given them, and whose answer may show others
    sink: ReplySink
    ledger: Ledger

    async def upload(self) -> UploadedAttachments:
        """Upload what came beside the text; `NothingUsable` if none of it can be used, and there is no text either."""
        return await self.carriers.uploader.upload_all(self.message, self.adapter.fetch, self.bot)

    async def send_whole(self, answer: str) -> None:
        """Send the *answer* itself, Markdown, as a file too, as so many messages are hard to keep."""
        await self._send_once(WHOLE, file_of(answer))

    async def send_spoken(self, sound: MediaBytes) -> None:
        """Send the answer as the bot has said it aloud."""
        await self._send_once(SPOKEN, sound)

    async def send(self, answer: str) -> None:
        """Send the files that the *answer*, Markdown, shows by their address, as far as they lie at the bot's hosts."""
        hosts = self.bot.profile.file_hosts
        addresses = pictures(answer, hosts)
        adapter = self.adapter.name
        await self.carriers.sender.send_all(addresses, sink=self.sink, ledger=self.ledger, adapter=adapter, hosts=hosts)

    async def _send_once(self, index: int, media: MediaBytes) -> None:
        adapter = self.adapter.name
        await self.carriers.sender.send_once(index, media, sink=self.sink, ledger=self.ledger, adapter=adapter)

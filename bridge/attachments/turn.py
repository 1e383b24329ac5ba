"""What comes in and goes out beside the text of one turn, bound once and used where the answer is made."""

from dataclasses import dataclass, field

from bridge.attachments.inbound import AttachmentUploader, UploadedAttachments
from bridge.attachments.links import pictures
from bridge.attachments.outbound import AttachmentSender
from bridge.attachments.safe_fetch import SafeFetcher
from bridge.sdk.ledger import Ledger
from bridge.sdk.model import Inbound
from bridge.sdk.ports import Adapter, Bot, ReplySink


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """Who carries files in this process; all turns share them."""

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
        """Hand the bot what came beside the text; `Refused` if that is nothing, and there is no text either."""
        return await self.carriers.uploader.upload_all(self.message, self.adapter.fetch, self.bot)

    async def send_whole(self, answer: str) -> None:
        """Send the *answer* itself, Markdown, as a file, for whom so many messages are hard to keep."""
        adapter = self.adapter.name
        await self.carriers.sender.send_whole(answer, sink=self.sink, ledger=self.ledger, adapter=adapter)

    async def send(self, answer: str) -> None:
        """Send what the *answer*, Markdown, shows by its address, as far as it lies at the bot's own hosts."""
        hosts = self.bot.profile.file_hosts
        addresses = pictures(answer, hosts)
        adapter = self.adapter.name
        await self.carriers.sender.send_all(addresses, sink=self.sink, ledger=self.ledger, adapter=adapter, hosts=hosts)

"""The people of the Telegram simulator: what they do, and what they see."""

from dataclasses import replace

from simulators.telegram.found import found
from simulators.telegram.media import medium
from simulators.telegram.places import Places
from simulators.telegram.world import GENERAL, Action, Chat, Draft, File, Json, Message, Person

Upload = bytes | tuple[str, bytes]  #: a file, with its name if it has one


class People(Places):
    """The people, as a script moves them; *bot* is a token or a name, None for the first."""

    # What they do

    def mention(self, text: str, bot: str | None = None) -> str:
        """*text*, addressed to the bot."""
        return f"@{self.bot(bot).person.username} {text}"

    def says(
        self,
        person: Person,
        text: str = "",
        chat: int | None = None,
        *,
        thread: int | None = None,
        reply_to: int | None = None,
        entities: list[Json] | None = None,
        photo: bytes | None = None,
        document: Upload | None = None,
        voice: bytes | None = None,
        caption: str = "",
        media_group_id: str | None = None,
        size: int | None = None,
        more: Json | None = None,
        bot: str | None = None,
    ) -> int:
        """Say something; the update's number, 0 if no bot is told; *more*: fields of other kinds."""
        place = self._chat(person.id if chat is None else chat, bot)
        text = text or caption
        marks = found(text) if entities is None else entities
        files = self._files(photo=photo, document=document, voice=voice, size=size)
        media = {key: value for kind, file in files.items() for key, value in medium(kind, file).items()}
        if media_group_id:
            media["media_group_id"] = media_group_id
        media |= more or {}
        where = self._where(place, thread, reply_to)
        message = self.world.post(
            place, person, text=text, entities=marks, thread=where, reply_to=reply_to, media=media, **files
        )
        return self._tell(place, message, "channel_post" if place.type == "channel" else "message", bot)

    def edits(
        self,
        person: Person,
        text: str,
        chat: int | None = None,
        *,
        message_id: int | None = None,
        photo: bytes | None = None,
        bot: str | None = None,
    ) -> int:
        """Change what they said last, or in that message, perhaps its *photo*; the update's number, 0 if no bot is told."""
        place = self._chat(person.id if chat is None else chat, bot)
        mine = [one for one in place.messages.values() if one.sender == person and not one.service]
        message = next(one for one in reversed(mine) if message_id in (None, one.message_id))
        self.world.amend(message, text, found(text), None)
        if photo is not None:
            message.photo = self.world.store("photos", photo, name=None, mime=None)
            message.media |= medium("photo", message.photo)
        return self._tell(place, message, f"edited_{'channel_post' if place.type == 'channel' else 'message'}", bot)

    def _where(self, place: Chat, thread: int | None, reply_to: int | None) -> int | None:
        """The thread of a new message: its topic, or in a supergroup without topics its chain of replies."""
        if thread in (None, GENERAL):
            thread = None
        elif thread not in place.topics:
            raise LookupError(f"expected a topic, got {thread}")
        replied = place.messages.get(reply_to or 0)
        if thread is None and replied is not None and place.type == "supergroup":
            return replied.thread if place.forum else replied.thread or replied.message_id
        return thread

    def _files(
        self, *, photo: bytes | None, document: Upload | None, voice: bytes | None, size: int | None
    ) -> dict[str, File]:
        store = self.world.store
        if photo is not None:
            return {"photo": store("photos", photo, name=None, mime=None, size=size)}
        if voice is not None:
            return {"voice": store("voice", voice, name=None, mime="audio/ogg", size=size)}
        if document is not None:
            name, data = document if isinstance(document, tuple) else ("file.bin", document)
            mime = {"pdf": "application/pdf", "txt": "text/plain", "md": "text/markdown"}.get(name.rpartition(".")[2])
            return {"document": store("documents", data, name=name, mime=mime, size=size)}
        return {}

    def presses(
        self,
        person: Person,
        message_id: int,
        callback_data: str,
        chat: int | None = None,
        *,
        inaccessible: bool = False,
        bot: str | None = None,
    ) -> int:
        """Press a button that is there; the update's number. *inaccessible*: the message is too old to be shown."""
        place = self._chat(person.id if chat is None else chat, bot)
        message = place.messages[message_id]
        rows = (message.reply_markup or {}).get("inline_keyboard", [])
        if not any(button.get("callback_data") == callback_data for row in rows for button in row):
            raise LookupError(f"expected a button, got none with {callback_data!r}")
        account = next(one for one in self.accounts.values() if one.id == message.sender.id)
        query = str(4_000_000_000 + sum(len(one.presses) for one in self.accounts.values()))
        account.presses.add(query)
        shown = self.world.wire(place, message)
        if inaccessible:
            shown = {"message_id": message_id, "chat": place.wire(), "date": 0}
        press = {
            "id": query,
            "from": person.wire(),
            "message": shown,
            "chat_instance": str(place.id),
            "data": callback_data,
        }
        number = account.tell("callback_query", place, press)
        self.changed()
        return number

    def stops(self, person: Person, thread: int | None = None, bot: str | None = None) -> int:
        """Press the Stop button of the draft that is shown there, which hides it; the update's number."""
        place = self._chat(person.id, bot)
        draft = self.world.draft(place, thread)
        if draft is None or not draft.can_stop:
            raise LookupError(f"expected a draft that can be stopped, got {draft}")
        del place.drafts[thread]
        stopped: Json = {"chat": place.wire(), "draft_id": draft.draft_id}
        if thread is not None:
            stopped["message_thread_id"] = thread
        number = self.bot(bot).tell("stopped_message_generation", place, stopped)
        self.changed()
        return number

    def menu(self, person: Person, chat: int, *, bot: str | None = None) -> list[Json]:
        """The commands that *person* is offered in *chat*."""
        return self.bot(bot).menu(self._chat(chat, bot), person.language)

    # What Telegram does

    def update(self, kind: str, payload: Json, *, lane: str = "", bot: str | None = None) -> int:
        """Queue any update at all, for instance of a kind nobody knows yet."""
        number = self.bot(bot).updates.put(kind, payload, lane=lane)
        self.changed()
        return number

    def rename(self, username: str, bot: str | None = None) -> None:
        """Give the bot another name, as its owner does at @BotFather."""
        account = self.bot(bot)
        account.person = replace(account.person, username=username)

    def poison(self, bot: str | None = None) -> int:
        """Queue an update that does not parse: a message without a number."""
        return self.update("message", {"text": "no number, no date, no chat"}, bot=bot)

    def redeliver(self, *, seed: int | None = None, times: int = 1, bot: str | None = None) -> int:
        """Deliver every update ever sent again, shuffled by *seed*; how many that makes."""
        return self.bot(bot).updates.redeliver(shuffle=seed, times=times)

    def pass_time(self, seconds: float) -> None:
        """Let time go by, for what Telegram forgets by itself."""
        self.world.skew += seconds
        self.changed()

    def polling(self, bot: str | None = None) -> bool:
        """Whether the bot is waiting in a long poll."""
        return self.bot(bot).updates.polling

    def pending(self, bot: str | None = None) -> int:
        """How many updates the bot has not confirmed."""
        return len(self.bot(bot).updates.waiting)

    # What people see

    def messages(self, chat: int, thread: int | None = None, *, bot: str | None = None) -> list[Message]:
        """The messages of *chat*, deleted ones included; of one topic only, if given (1 is the general one)."""
        everything = self._chat(chat, bot).messages.values()
        if thread is None:
            return list(everything)
        wanted = None if thread == GENERAL else thread
        return [message for message in everything if message.thread == wanted]

    def bot_texts(self, chat: int, thread: int | None = None, *, bot: str | None = None) -> list[str]:
        """What bots have written in *chat* and can still be read."""
        return [one.text for one in self.messages(chat, thread, bot=bot) if one.sender_is_bot and not one.deleted]

    def draft(self, chat: int, thread: int | None = None, *, bot: str | None = None) -> str | None:
        """The text in the draft bubble, None if there is no bubble."""
        draft = self.world.draft(self._chat(chat, bot), thread)
        return None if draft is None else draft.text

    @property
    def drafts(self) -> list[Draft]:
        """Every draft frame so far."""
        return self.world.drafts

    @property
    def actions(self) -> list[Action]:
        """Every "is typing" so far."""
        return self.world.actions

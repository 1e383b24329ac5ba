"""Who there is in the Telegram simulator, where they meet, and who comes and goes."""

from simulators.server import Simulator
from simulators.telegram.account import Account
from simulators.telegram.updates import Updates
from simulators.telegram.world import Chat, Json, Message, Person, World

FIRST_PERSON = 700_000_001
#: What a restricted member may or may not; https://core.telegram.org/bots/api#chatmemberrestricted
RIGHTS = (
    "can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos",
    "can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages",
    "can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics",
    "can_edit_tag", "can_react_to_messages",
)  # fmt: skip
FIRST_GROUP = 1_000_000_000_000


class Places(Simulator):
    """The world behind the API, seen by those who live in it; *bot* is a token or a name, None for the first."""

    def __init__(self, *, port: int, tokens: dict[str, str]) -> None:
        super().__init__(port=port)
        self.world = World()
        self.time_scale = 1.0  #: how long Telegram's own pauses are, 1 for as long as they really are
        self.privacy: dict[str, bool] = {}  #: by token; on unless told otherwise
        self.accounts = {token: self._account(token, name) for token, name in tokens.items()}
        self._groups = 0

    def _account(self, token: str, name: str) -> Account:
        person = Person(id=int(token.partition(":")[0]), first_name=name.capitalize(), username=name, is_bot=True)
        return Account(
            token=token,
            person=person,
            world=self.world,
            updates=Updates(first=10_001, now=self.world.now, scale=lambda: self.time_scale),
            scale=lambda: self.time_scale,
            changed=self.changed,
            privacy=lambda: self.privacy.get(token, True),
        )

    def add_bot(self, token: str, name: str) -> None:
        """Another bot, made at @BotFather."""
        self.accounts[token] = self._account(token, name)

    def bot(self, bot: str | None = None) -> Account:
        """What Telegram knows of a bot."""
        if bot is None:
            return next(iter(self.accounts.values()))
        return next(one for one in self.accounts.values() if bot in (one.token, one.person.username))

    # Who and where

    def person(self, name: str, *, language: str | None = "en", username: str | None = None) -> Person:
        """Somebody new."""
        number = FIRST_PERSON + len(self.world.people)
        person = Person(id=number, first_name=name, username=username, language=language)
        self.world.people[number] = person
        return person

    def private(self, person: Person, bot: str | None = None) -> int:
        """Their chat with the bot."""
        self._private(person, self.bot(bot))
        return person.id

    def _private(self, person: Person, bot: Account) -> Chat:
        chat = self.world.private.get((bot.id, person.id))
        if chat is None:
            chat = Chat(id=person.id, type="private", person=person, bot=bot.id)
            self.world.private[bot.id, person.id] = chat
        return chat

    def group(
        self, title: str, *, forum: bool = False, members: list[Person] | None = None, basic: bool = False
    ) -> int:
        """A new supergroup with these people and all bots; *basic*: the old kind, which can be upgraded."""
        self._groups += 1
        chat = Chat(
            id=-5_000_000 - self._groups if basic else -FIRST_GROUP - self._groups,
            type="group" if basic else "supergroup",
            title=title,
            forum=forum,
            members={member.id: member for member in members or []},
            bots={bot.id: "member" for bot in self.accounts.values()},
        )
        self.world.groups[chat.id] = chat
        return chat.id

    def channel(self, title: str, *, members: list[Person] | None = None) -> int:
        """A new channel, in whose name these people post; all bots are its administrators."""
        place = self._chat(self.group(title, members=members), None)
        place.type = "channel"
        place.bots = dict.fromkeys(place.bots, "administrator")
        return place.id

    def topic(self, chat: int, name: str, *, by: Person | None = None, bot: str | None = None) -> int:
        """A new topic in a forum, or in a private chat, whose bot then has topics."""
        place = self._chat(chat, bot)
        if place.person is not None:
            self.bot(bot).topics = True
        elif not place.forum:
            raise LookupError("expected a forum, got a group without topics")
        who = by or place.person or next(iter(place.members.values()), None) or self.bot(bot).person
        number = self.world.next_id(place)
        place.topics[number] = name
        service = {"forum_topic_created": {"name": name, "icon_color": 7322096}}
        message = self.world.post(place, who, thread=number, service=service)
        self._tell(place, message, "message", bot)
        return number

    def close_topic(self, chat: int, thread: int, *, bot: str | None = None) -> None:
        """Let nobody write in a topic."""
        self._chat(chat, bot).closed.add(thread)

    def delete_topic(self, chat: int, thread: int, *, bot: str | None = None) -> None:
        """Take a topic away, and all that was said in it."""
        place = self._chat(chat, bot)
        del place.topics[thread]
        for message in place.messages.values():
            message.deleted = message.deleted or message.thread == thread

    def delete_message(self, chat: int, message_id: int) -> None:
        """Take a message away, as an administrator does."""
        self._chat(chat, None).messages[message_id].deleted = True
        self.changed()

    def _chat(self, chat: int, bot: str | None) -> Chat:
        place = self.world.chat(chat, self.bot(bot).id)
        if place is None and chat in self.world.people:
            place = self._private(self.world.people[chat], self.bot(bot))
        if place is None:
            raise LookupError(f"expected a chat, got {chat}")
        return place

    def promote(self, chat: int, bot: str | None = None) -> None:
        """Make the bot an administrator, whom privacy mode does not bind."""
        self._chat(chat, bot).bots[self.bot(bot).id] = "administrator"

    # Coming and going

    def block(self, person: Person, bot: str | None = None) -> None:
        """Want to hear nothing from the bot any more."""
        self._block(person, bot, blocked=True)

    def unblock(self, person: Person, bot: str | None = None) -> None:
        """Want to hear from the bot again."""
        self._block(person, bot, blocked=False)

    def _block(self, person: Person, bot: str | None, *, blocked: bool) -> None:
        chat = self._private(person, self.bot(bot))
        chat.blocked = blocked
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        self._membership(chat, person, self.bot(bot), old, new)

    def kick(self, person: Person, chat: int, bot: str | None = None) -> None:
        """Throw the bot out of a group."""
        place, account = self._chat(chat, bot), self.bot(bot)
        old, place.bots[account.id] = place.bots[account.id], "kicked"
        self._membership(place, person, account, old, "kicked")

    def add(self, person: Person, chat: int, bot: str | None = None) -> None:
        """Take the bot into a group."""
        place, account = self._chat(chat, bot), self.bot(bot)
        old = place.bots.get(account.id, "left")
        place.bots[account.id] = "member"
        self._membership(place, person, account, old, "member")

    def mute(self, person: Person, chat: int, bot: str | None = None) -> None:
        """Take the bot's right to write in a supergroup."""
        self._restrict(person, chat, bot, muted=True)

    def unmute(self, person: Person, chat: int, bot: str | None = None) -> None:
        """Give it back."""
        self._restrict(person, chat, bot, muted=False)

    def _restrict(self, person: Person, chat: int, bot: str | None, *, muted: bool) -> None:
        place, account = self._chat(chat, bot), self.bot(bot)
        old, place.bots[account.id] = place.bots[account.id], "restricted" if muted else "member"
        self._membership(place, person, account, old, place.bots[account.id])

    def _membership(self, chat: Chat, by: Person, bot: Account, old: str, new: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status in ("kicked", "restricted") else {}
            rights = {"is_member": True, **dict.fromkeys(RIGHTS, False)} if status == "restricted" else {}
            return {"user": bot.person.wire(), "status": status, **until, **rights}

        change = {
            "chat": chat.wire(),
            "from": by.wire(),
            "date": self.world.date(),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        bot.tell("my_chat_member", chat, change)
        self.changed()

    def migrate(self, chat: int) -> int:
        """Upgrade a group: it goes on under another id, which is given, and the old one is refused."""
        old = self._chat(chat, None)
        new = self._chat(self.group(old.title, members=list(old.members.values())), None)
        new.bots = dict(old.bots)
        old.migrated_to = new.id
        who = next(iter(old.members.values()), self.bot().person)
        for place, service in ((old, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": old.id})):
            self._tell(place, self.world.post(place, who, service=service), "message", None)
        return new.id

    def _tell(self, place: Chat, message: Message, kind: str, bot: str | None) -> int:
        """Queue the update for the bots that may see it; the number for the first of them."""
        one_only = place.person is not None or bot is not None
        bots = [self.bot(bot)] if one_only else list(self.accounts.values())
        shown = self.world.wire(place, message)
        told = [one.tell(kind, place, shown) for one in bots if one.sees(place, message)]
        self.changed()
        return next(filter(None, told), 0)

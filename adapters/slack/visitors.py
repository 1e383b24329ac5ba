"""Who looks at a page of the app, as a message that says nothing."""

from adapters.slack.directory import Directory
from adapters.slack.shared import SlackSharedState
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place


async def visitor(
    shared: SlackSharedState, directory: Directory, user: str, channel: str, kind: ChatType = ChatType.PRIVATE
) -> Inbound:
    """Somebody in the place where they would say something; waits as long as the directory does for their language."""
    await directory.learn([user])
    return Inbound(
        dedupe_keys=(),
        where=Place(adapter=shared.adapter, chat=channel, workspace=shared.me.team),
        chat_type=kind,
        author=directory.people.get(user) or Person(id=user),
        text="",
        address=Address.TO_US,
    )

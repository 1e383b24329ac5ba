"""A link of a model's may carry anything: nobody fetches it before a person has pressed it."""

import json

from tests.scenarios.harness import BridgeHarness

ANSWER = "see https://example.org/?q=secret"


async def test_no_platform_is_asked_to_fetch_what_an_answer_links(shared_bridge: BridgeHarness) -> None:
    """https://core.telegram.org/bots/api#linkpreviewoptions, https://docs.slack.dev/messaging/unfurling-links-in-messages"""
    shared_bridge.answers("a link", ANSWER)
    ann, bob = shared_bridge.in_private("Ann"), shared_bridge.in_thread("Bob")
    for talk in (ann, bob):
        talk.says("a link")
    await ann.reads(ANSWER)
    await bob.reads(ANSWER)

    sent = [call.params["link_preview_options"] for call in shared_bridge.telegram.called("sendMessage")]
    posted = [call.params for call in shared_bridge.slack.called("chat.postMessage")]
    assert all((json.loads(one) if isinstance(one, str) else one)["is_disabled"] for one in sent)
    assert sent
    assert not any(
        call.get(name) in (True, "true", "1", None) for call in posted for name in ("unfurl_links", "unfurl_media")
    )

"""Slack's failures, sorted by what the bridge does about them."""

import pytest
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError

from adapters.slack.errors import FeatureMissing, PostingRestricted, StreamOver, translated
from adapters.slack.options import SlackOptions
from bridge.sdk.errors import ChatGone, MessageGone, RateLimited, Refused, Unauthorised, Uncertain, Unreachable


def raised(failure, *, repeatable):
    with pytest.raises(Exception, match=r"chat\.x") as caught, translated("chat.x", repeatable=repeatable):
        raise failure
    return type(caught.value)


@pytest.mark.parametrize(
    ("code", "repeatable", "kind"),
    [
        ("ratelimited", False, RateLimited),
        ("service_unavailable", False, Unreachable),
        ("internal_error", False, Uncertain),
        ("internal_error", True, Unreachable),
        ("token_revoked", True, Unauthorised),
        ("is_archived", True, ChatGone),
        ("restricted_action_read_only_channel", True, PostingRestricted),
        ("message_not_found", True, MessageGone),
        ("message_not_in_streaming_state", True, StreamOver),
        ("unknown_method", True, FeatureMissing),
        ("something_new", True, Refused),
    ],
)
def test_a_code_is_sorted(code, repeatable, kind):
    assert kind is raised(SlackApiError("no", {"ok": False, "error": code}), repeatable=repeatable)


@pytest.mark.parametrize("answer", ["<html>", None, {}])
def test_an_answer_that_is_none_leaves_it_open_whether_it_was_done(answer):
    assert Uncertain is raised(SlackApiError("no", answer), repeatable=False)


@pytest.mark.parametrize("failure", [TimeoutError(), ConnectionResetError()])
def test_a_lost_answer_leaves_it_open_too(failure):
    assert Uncertain is raised(failure, repeatable=False)
    assert Unreachable is raised(failure, repeatable=True)


@pytest.mark.parametrize("tokens", [{}, {"app_token": "xapp-1", "signing_secret": "s"}])
def test_it_hears_by_socket_or_by_http_not_both(tokens):
    with pytest.raises(ValidationError, match="either app_token"):
        SlackOptions.model_validate({"bot_token": "xoxb-1"} | tokens)

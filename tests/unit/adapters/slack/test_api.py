"""Slack's failures, sorted by what the bridge does about them."""

import pytest
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError

from adapters.slack.errors import FeatureMissing, PostingRestricted, StreamOver, translated
from adapters.slack.options import SlackOptions
from bridge.sdk.errors import ChatGone, MessageGone, RateLimited, Refused, Unauthorised, Uncertain, Unreachable


class AnsweredWith:
    """A page, where an object was expected."""

    def __init__(self, status):
        self.status_code, self.data, self.headers = status, "<html>", {}


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


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_a_method_has_no_such_feature(status):
    """Slack says so in a word of its own; other servers answer with a page."""
    page = SlackApiError("no", AnsweredWith(status))

    assert FeatureMissing is raised(page, repeatable=False)
    assert FeatureMissing is raised(page, repeatable=True)


@pytest.mark.parametrize("status", [400, 403, 408, 500, 502])
def test_another_page_leaves_it_open_whether_it_was_done(status):
    assert Uncertain is raised(SlackApiError("no", AnsweredWith(status)), repeatable=False)


@pytest.mark.parametrize("method", ["chat.postMessage", "auth.test", "apps.connections.open"])
def test_what_every_server_has_is_only_out_of_reach(method):
    with pytest.raises(Unreachable), translated(method):
        raise SlackApiError("no", AnsweredWith(404))


@pytest.mark.parametrize("failure", [TimeoutError(), ConnectionResetError()])
def test_a_lost_answer_leaves_it_open_too(failure):
    assert Uncertain is raised(failure, repeatable=False)
    assert Unreachable is raised(failure, repeatable=True)


@pytest.mark.parametrize("tokens", [{}, {"app_token": "xapp-1", "signing_secret": "s"}])
def test_it_hears_by_socket_or_by_http_not_both(tokens):
    with pytest.raises(ValidationError, match="either app_token"):
        SlackOptions.model_validate({"bot_token": "xoxb-1"} | tokens)

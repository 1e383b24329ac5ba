"""The manifest that Slack wants: for each way to hear, and nothing else than what the config says."""

import pytest
import yaml

from adapters.slack.manifest import SHORTCUT

CONFIG = """\
coze: {{main: {{token: pat}}}}
http: {{public_url: {public_url}}}
adapters:
{adapters}
bots: {{assistant: {{bot_id: 7379462189365198898}}}}
routes: [{{bot: assistant}}]
"""
BY_SOCKET = "  acme: {kind: slack, bot_token: xoxb-1, app_token: xapp-1}\n"
BY_HTTP = "  web: {kind: slack, bot_token: xoxb-2, signing_secret: sesame}\n"
CONSOLE = "  desk: {kind: console}\n"


@pytest.fixture
def manifest(call, tmp_path):
    """Calls ``slack manifest`` for a config with those adapters."""

    def manifest(adapters, *words, public_url="null"):
        path = tmp_path / "config.yaml"
        path.write_text(CONFIG.format(adapters=adapters, public_url=public_url))
        return call("slack", "manifest", "--config", path, *words)

    return manifest


def test_with_an_app_token_events_come_by_socket(manifest):
    code, out, err = manifest(BY_SOCKET + CONSOLE)
    app = yaml.safe_load(out)

    assert (0, "") == (code, err)
    assert app["settings"]["socket_mode_enabled"] is True
    assert "url" not in out.replace("request_url", "url").split("_metadata")[1]
    assert SHORTCUT == app["features"]["shortcuts"][0]["callback_id"]
    assert "files:write" in app["oauth_config"]["scopes"]["bot"]


def test_with_a_signing_secret_slack_is_told_where_to_call(manifest):
    _, out, _ = manifest(BY_HTTP, public_url="https://bridge.example.org")
    app, url = yaml.safe_load(out), "https://bridge.example.org/webhooks/web"

    assert app["settings"]["socket_mode_enabled"] is False
    assert [url] * 3 == [
        app["settings"]["event_subscriptions"]["request_url"],
        app["settings"]["interactivity"]["request_url"],
        app["features"]["slash_commands"][0]["url"],
    ]


def test_without_a_public_address_slack_cannot_be_told(manifest):
    code, out, err = manifest(BY_HTTP)

    assert (2, "") == (code, out)
    assert "http.public_url" in err


def test_one_of_several_is_chosen_by_its_name(manifest):
    both = BY_SOCKET + BY_HTTP

    assert (
        "request_url: https://b.example/webhooks/web"
        in manifest(both, "--adapter", "web", public_url="https://b.example")[1]
    )
    assert "request_url" not in manifest(both, "--adapter", "acme")[1]


@pytest.mark.parametrize(
    ("adapters", "words", "said"),
    [
        (BY_SOCKET + BY_HTTP, (), "expected one of acme, web, got nothing"),
        (BY_SOCKET, ("--adapter", "amce"), "expected one of acme, got amce"),
        (BY_SOCKET + CONSOLE, ("--adapter", "desk"), "expected one of acme, got desk"),
        (CONSOLE, (), "expected an adapter of the kind slack"),
    ],
)
def test_which_one_is_meant_must_be_clear(manifest, adapters, words, said):
    code, out, err = manifest(adapters, *words)

    assert (2, "") == (code, out)
    assert said in err

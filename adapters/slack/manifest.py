"""The app's manifest, from which Slack sets an app up: https://docs.slack.dev/reference/app-manifest."""

from collections.abc import Iterable
from typing import Final

from adapters.slack.scopes import EVENTS, INSTALL_EVENTS, SCOPES, Need

SHORTCUT: Final = "ask_about_this"
"""The shortcut's ``callback_id``, which comes back when somebody wants to ask about a message."""

_HEAD: Final = """\
# The Slack app of coze-bridge: api.slack.com/apps > Create New App > From a manifest, and paste this.
# `coze-bridge slack manifest` prints it anew for your config.
#
{then}
"""
_BY_SOCKET: Final = """\
# Then: Install App (gives bot_token, xoxb-...), and Basic Information > App-Level Tokens > Generate, with the scope
# connections:write (gives app_token, xapp-...). After a change of scopes or events, install the app again."""
_BY_HTTP: Final = """\
# Then: Install App (gives bot_token, xoxb-...), and Basic Information > App Credentials > Signing Secret (gives
# signing_secret). The daemon must be reachable while you paste: Slack calls it at once. After a change of scopes or events,
# install the app again."""
_TO_INSTALL: Final = """\
# Then: Basic Information > App Credentials (gives client_id, client_secret and signing_secret), for Socket Mode App-Level
# Tokens > Generate with the scope connections:write (gives app_token, xapp-...), and Manage Distribution. Workspaces install
# it at the address of redirect_urls, with install at its end. The daemon must be reachable while you paste."""
_BODY: Final = """\
_metadata:
  major_version: 2
  minor_version: 1
display_information:
  name: Coze Bridge
  description: Talk to Coze bots from Slack
features:
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true
    messages_tab_read_only_enabled: false
  bot_user:
    display_name: coze
    always_online: true
  agent_view: # cannot be taken back once the app is an agent
    agent_description: Answers with your Coze bot.
  shortcuts:
    - name: Ask about this
      type: message
      callback_id: {shortcut}
      description: Ask the bot about a message
  slash_commands:
    - command: /coze
      description: Ask the bot, or control it
      usage_hint: "[question | new | stop | status | help]"
      should_escape: false{command_url}
oauth_config:{redirect}
  scopes:
    bot:
{scopes}
settings:
  event_subscriptions:{events_url}
    bot_events:
{events}
  interactivity: # the questions a bot proposes, as buttons
    is_enabled: true{interactivity_url}
  org_deploy_enabled: {many}
  socket_mode_enabled: {socket}
  token_rotation_enabled: {many}{rotation}
"""


def manifest(request_url: str | None, *, redirect_url: str | None = None) -> str:
    """
    The manifest, as YAML with comments.

    *request_url* is where Slack calls us, None for Socket Mode; *redirect_url* is where browsers return to during an
    installation, None if the config has the token of one workspace.
    """
    then = _TO_INSTALL if redirect_url else _BY_HTTP if request_url else _BY_SOCKET
    head = _HEAD.format(then=then)
    return head + _BODY.format(
        shortcut=SHORTCUT,
        scopes=_listed(SCOPES),
        events=_listed((*EVENTS, *INSTALL_EVENTS) if redirect_url else EVENTS),
        redirect=f"\n  redirect_urls: # where browsers come back to that install it\n    - {redirect_url}"
        if redirect_url
        else "",
        many="true" if redirect_url else "false",
        rotation=" # cannot be taken back; without it tokens live for ever" if redirect_url else "",
        command_url=f"\n      url: {request_url}" if request_url else "",
        events_url=f"\n    request_url: {request_url}" if request_url else "",
        interactivity_url=f"\n    request_url: {request_url}" if request_url else "",
        socket="false" if request_url else "true",
    )


def _listed(needs: Iterable[Need]) -> str:
    return "\n".join(f"      - {need.name} # {need.purpose}" for need in needs)

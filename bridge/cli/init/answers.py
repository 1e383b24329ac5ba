"""What `init` has to know, and which of it is still missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bridge.config.bot_settings import CozeSettings

COZE_URL: Final[str] = CozeSettings.model_fields["base_url"].default
TELEGRAM_URL: Final = "https://api.telegram.org"
SLACK_URL: Final = "https://slack.com/api/"
LISTEN: Final = "127.0.0.1:8080"
NO_HTTP: Final = frozenset({"null", "none", "off", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Everything that is answered so far; what is empty is not."""

    telegram_token: str = ""
    slack_bot_token: str = ""
    slack_app_token: str = ""
    coze_token: str = ""
    bot_id: str = ""
    bot_name: str = ""  #: as Coze knows it; for a comment
    coze_url: str = COZE_URL
    telegram_api_url: str = TELEGRAM_URL
    slack_api_url: str = SLACK_URL
    listen: str = LISTEN

    @property
    def secrets(self) -> dict[str, str]:
        """What belongs into .env, by the names that the config uses."""
        named = {
            "COZE_TOKEN": self.coze_token,
            "TELEGRAM_TOKEN": self.telegram_token,
            "SLACK_BOT_TOKEN": self.slack_bot_token,
            "SLACK_APP_TOKEN": self.slack_app_token,
        }
        return {name: value for name, value in named.items() if value}

    @property
    def wants_slack(self) -> bool:
        """Whether any of Slack's tokens was given."""
        return bool(self.slack_bot_token or self.slack_app_token)

    def missing(self) -> Iterator[str]:
        """The options without which there is no config."""
        if not self.telegram_token and not self.wants_slack:
            yield "--telegram-token, or --slack-bot-token and --slack-app-token"
        if self.wants_slack and not self.slack_bot_token:
            yield "--slack-bot-token"
        if self.wants_slack and not self.slack_app_token:
            yield "--slack-app-token"
        if not self.coze_token:
            yield "--coze-token"
        if not self.bot_id:
            yield "--bot-id"

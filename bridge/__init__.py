"""coze-bridge: a Coze bot inside Telegram and Slack."""

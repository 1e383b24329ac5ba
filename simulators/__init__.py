"""The outside world, played by us: Coze, Telegram and Slack as servers on loopback."""

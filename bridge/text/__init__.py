"""Text, purely: pieces that fit, the bot's Markdown as spans, and the bridge's own words."""

"""The logger Slack's libraries get: its failures reach us as exceptions, and its lines would hold people's text."""

import logging

SILENT = logging.getLogger("adapters.slack.library")
SILENT.setLevel(logging.CRITICAL)

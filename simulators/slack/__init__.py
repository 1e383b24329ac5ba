"""Slack, played by us."""

from simulators.slack.server import Delivery, File, Limits, Message, Person, Slack

__all__ = ["Delivery", "File", "Limits", "Message", "Person", "Slack"]

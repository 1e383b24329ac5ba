"""Slack: receives through Bolt, acknowledging what is on disk; answers by native streams, edits or plain posts."""

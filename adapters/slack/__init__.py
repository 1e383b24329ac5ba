"""Slack: Bolt in, one acknowledgement per message on disk; native streams, edits or plain posts out."""

"""Coze, from our side: bytes in, what a bot says out."""

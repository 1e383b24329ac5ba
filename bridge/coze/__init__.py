"""Bots at Coze: the client, its parsers, and the checks of an account."""

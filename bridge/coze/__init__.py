"""Coze: questions asked, answers heard."""

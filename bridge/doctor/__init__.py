"""The checks of `coze-bridge doctor`: every part of a set-up at once, each finding with its remedy."""

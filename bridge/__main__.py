"""``python -m bridge`` is the command ``coze-bridge``."""

from bridge.cli import main

main()

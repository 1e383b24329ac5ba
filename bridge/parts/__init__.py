"""The adapters, bots and connections that a config names, opened and closed one by one while the daemon runs."""

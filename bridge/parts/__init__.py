"""The parts that a config names: adapters, bots and connections, opened and closed one by one while the daemon runs."""

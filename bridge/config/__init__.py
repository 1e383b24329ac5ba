"""The config file: read with its lines, checked whole, reloaded whole."""

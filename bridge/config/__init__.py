"""The config file: read with the positions of its values, validated as a whole, and reloaded as a whole."""

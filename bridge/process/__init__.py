"""What the process has to do with its surroundings: log lines, systemd, traces."""

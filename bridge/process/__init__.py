"""The process and its surroundings: log lines, systemd, traces, memory."""

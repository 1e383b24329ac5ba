"""From the row to the last message: intake, worker, handler, answer."""

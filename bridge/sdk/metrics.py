"""
Every metric of the house, for Prometheus: what `bridge.sdk.telemetry` and the files beside it count and measure.

https://prometheus.io/docs/practices/naming/
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

TURNS = Counter("bridge_turns", "Turns, by how they ended", ["outcome"])
BUGS = Counter("bridge_bugs", "Exceptions nobody expected, by what they happened in", ["what"])
UNREADABLE = Counter("bridge_unreadable", "Updates and events put aside because nobody could read them", ["adapter"])
ACCEPTED = Counter("bridge_accepted", "Messages written down, by adapter", ["adapter"])
TURNED_AWAY = Counter("bridge_turned_away", "Messages of people who may not talk there, by adapter", ["adapter"])
OVER_LIMIT = Counter("bridge_over_limit", "Questions of people who had asked for enough, by adapter", ["adapter"])
REPEATED = Counter("bridge_repeated", "Redeliveries recognised, by adapter", ["adapter"])
FOUND = Counter("bridge_found_sends", "Messages whose receipt was lost and that were found", ["adapter"])
UNCERTAIN = Counter("bridge_uncertain_sends", "Sends nobody can tell the outcome of", ["adapter", "kind"])
PREVIEWS = Counter("bridge_previews", "Previews, by what became of them", ["adapter", "outcome"])
RATINGS = Counter("bridge_ratings", "Thumbs up and down, by bot", ["bot", "rating"])
ATTACHED = Counter("bridge_attached", "Files in answers, by what became of them", ["outcome"])
FALLBACKS = Counter("bridge_fallbacks", "Platform features done without", ["adapter", "feature"])
LIMITED = Counter("bridge_rate_limited", "Times a far side told us to wait", ["side"])
ROUTED = Counter("bridge_routed", "Questions that a bot was asked, by route", ["route"])
REFUSED = Counter("bridge_http_refused", "HTTP requests and connections told no, by reason", ["reason"])
WAITING = Gauge("bridge_waiting", "Messages written down and not begun")
DEAD = Gauge("bridge_dead_letters", "Messages given up, which an operator may revive")
RUNNING = Gauge("bridge_running", "Turns at work in this process")
REPLICAS = Gauge("bridge_replicas", "Replicas at work on this database, as far as this one knows")
REPLICAS.set(1)  # itself, which is all where no other can be
ADAPTER_CONNECTED = Gauge("bridge_adapter_connected", "1 while an adapter hears", ["adapter"])
CONFIG = Gauge("bridge_config_current", "1 while the rules in force are those of the file, 0 after it was refused")
RELOADS = Counter("bridge_config_reloads", "Config files read while running, by what became of them", ["outcome"])
OLDEST = Gauge("bridge_oldest_waiting_seconds", "Age of the message that has waited longest, seen when this is read")
CIRCUIT = Gauge("bridge_circuit_open", "1 while a bot is spared because its side keeps failing", ["bot"])
ADAPTER_INFO = Gauge("bridge_adapter_info", "1 for each adapter, with its kind", ["adapter", "kind"])
STREAMS = Gauge("bridge_open_streams", "Answers being streamed to this process")
RETRIED = Counter("bridge_sends_retried", "Sends made again because the platform could not be reached", ["adapter"])
BUDGET_WAIT = Histogram(
    "bridge_budget_wait_seconds",
    "Time that something which must be said waited for its platform's budget",
    ["adapter"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60),
)
WRITE = Histogram(
    "bridge_write_seconds",
    "From a write handed in to its being durable; of each transaction the one that waited longest",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
FIRST_SIGN = Histogram(
    "bridge_first_sign_seconds",
    "From a message written down to the first sign of life that its author sees",
    ["adapter"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30),
)
FIRST_WORDS_BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
FIRST_WORDS = Histogram(
    "bridge_first_words_seconds",
    "From a message written down to the first words of its answer on the screen",
    ["adapter"],
    buckets=FIRST_WORDS_BUCKETS,
)
LAST_WORDS = Histogram(
    "bridge_answered_seconds",
    "From a message written down to its whole answer on the screen",
    ["adapter"],
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600),
)

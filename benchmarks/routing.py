"""
`python -m benchmarks.routing`: what it costs to decide about one message, by how many routes the file has.

In the first two sorts of files each route names a chat or a person, which an index finds; in the third every other one looks at
the text, and in the last all do, so that each has to be asked. Only the last route takes the message.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

import click
from pydantic import BaseModel, SecretStr

from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.route_settings import RouteSettings, When
from bridge.config.settings import AdapterSettings, Settings
from bridge.routing.rules import Rules
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place

ROUTES: Final = (10, 100, 1_000)
DECISIONS: Final = 300
ROUNDS: Final = 9
SORTS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "each names a chat": lambda n: {"chat": [f"-100{n}"]},
    "each names a person": lambda n: {"from": [f"helpdesk:{n}"]},
    "every other looks at the text": lambda n: {"text": {"starts_with": f"/{n}"}} if n % 2 else {"chat": [f"-100{n}"]},
    "each looks at the text": lambda n: {"text": {"starts_with": f"/{n}"}},
}
MESSAGE: Final = Inbound(
    dedupe_keys=("1",),
    where=Place(adapter="helpdesk", chat="42"),
    chat_type=ChatType.PRIVATE,
    author=Person(id="ann", language="en"),
    text="How late is it in Lima?",
    address=Address.TO_US,
)


class _NoOptions(BaseModel):
    """Of an adapter that nobody opens."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--rounds", type=click.IntRange(1), default=ROUNDS, show_default=True, help="The table has medians.")
def main(rounds: int) -> None:
    """Print the CPU that a decision takes, by the sort of the routes and their number."""
    click.echo("| µs a decision |" + "".join(f" {number:,} routes |" for number in ROUTES))
    click.echo("|---|" + "---|" * len(ROUTES))
    for sort, when in SORTS.items():
        costs = [median(_cost(_rules(number, when)) for _ in range(rounds)) for number in ROUTES]
        click.echo(f"| {sort} |" + "".join(f" {1e6 * cost:.1f} |" for cost in costs))


def _cost(rules: Rules) -> float:
    """Seconds of CPU for one decision."""
    began = time.process_time()
    for _ in range(DECISIONS):
        rules.decide(MESSAGE)
    return (time.process_time() - began) / DECISIONS


def _rules(number: int, when: Callable[[int], dict[str, Any]]) -> Rules:
    """The rules of a file with that many routes, of which only the last takes the message."""
    routes = [
        RouteSettings(name=str(index), bot="assistant", when=When.model_validate(when(index)))
        for index in range(number - 1)
    ]
    return Rules(
        Settings(
            coze={"main": CozeSettings(token=SecretStr("pat"))},
            adapters={"helpdesk": AdapterSettings(kind="telegram", options=_NoOptions())},
            bots={"assistant": BotSettings(coze="main", bot_id="1")},
            routes=(*routes, RouteSettings(name="everyone", bot="assistant")),
        )
    )


if __name__ == "__main__":
    main()

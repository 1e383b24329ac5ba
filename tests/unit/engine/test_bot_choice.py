"""Which bot answers a turn, by what it has been through and by which sides are away; nobody is asked here."""

import time
from dataclasses import replace

import pytest

from bridge.config.route_settings import RouteSettings
from bridge.engine.bot_choice import FALLBACK_AT_ATTEMPT, BotChoice
from bridge.engine.circuit import FAILURES
from bridge.routing.rules import Rules
from bridge.sdk.errors import RateLimited, Refused
from bridge.store.claim import Stage, Turn
from tests.unit.routing.test_rules import config, said

TURN = Turn(
    id=1,
    epoch=1,
    queue_key="q",
    scope="person/helpdesk:42",
    message=said(),
    user_id="u-1",
    stage=Stage.ACCEPTED,
    accepted_at=0.0,
)
PLAIN = Rules(config())
WITH_FALLBACK = Rules(config(RouteSettings(name="all", bot="assistant", fallback="coder")))


@pytest.fixture
def choice() -> BotChoice:
    """Two bots, of which nothing is known to be away."""
    return BotChoice(bots=dict.fromkeys(("assistant", "coder")))  # type: ignore[arg-type]  # nobody is asked


def fail(choice: BotChoice, bot: str, times: int = FAILURES) -> None:
    for _ in range(times):
        choice.circuit(bot).failed(time.monotonic())


def chosen(choice: BotChoice, turn: Turn = TURN, rules: Rules = PLAIN) -> str:
    return choice.choose(turn, rules.decide(turn.message))[0]


@pytest.mark.parametrize(
    ("turn", "name"),
    [
        (TURN, "assistant"),
        (replace(TURN, bot="coder", stage=Stage.ASKED), "coder"),
        (replace(TURN, resume_tokens={"coder": "waits"}), "coder"),
        (replace(TURN, resume_tokens={"gone": "waits"}), "assistant"),
    ],
    ids=["the route's", "asked already", "asked something back", "asked back and was removed"],
)
def test_a_turn_stays_with_the_bot_that_knows_of_it(choice: BotChoice, turn: Turn, name: str) -> None:
    assert name == chosen(choice, turn)


@pytest.mark.parametrize("stage", [Stage.ASKING, Stage.ASKED, Stage.ANSWERED])
def test_the_fallback_answers_only_what_nobody_was_asked(choice: BotChoice, stage: Stage) -> None:
    fail(choice, "assistant")
    asked = replace(TURN, bot="assistant", stage=stage)

    assert "coder" == chosen(choice, rules=WITH_FALLBACK)
    assert "assistant" == chosen(choice, asked, WITH_FALLBACK)


def test_one_failure_is_chance_until_a_question_has_met_it_often(choice: BotChoice) -> None:
    fail(choice, "assistant", times=1)

    assert "assistant" == chosen(choice, rules=WITH_FALLBACK)
    assert "coder" == chosen(choice, replace(TURN, attempt=FALLBACK_AT_ATTEMPT), WITH_FALLBACK)


def test_a_bot_that_the_config_has_no_more_is_a_refusal(choice: BotChoice) -> None:
    with pytest.raises(Refused, match="'gone'"):
        chosen(choice, replace(TURN, bot="gone", stage=Stage.ASKED))


def test_whoever_was_told_waits_while_the_circuit_is_open(choice: BotChoice) -> None:
    fail(choice, "assistant")
    told = replace(TURN, bot="assistant", failure_notified=True)
    choice.check_circuit(replace(told, failure_notified=False), PLAIN)
    choice.check_circuit(replace(told, stage=Stage.ANSWERED), PLAIN)
    choice.check_circuit(told, WITH_FALLBACK)

    with pytest.raises(RateLimited):
        choice.check_circuit(told, PLAIN)

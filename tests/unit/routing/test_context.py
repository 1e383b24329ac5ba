"""What the bridge tells a bot about a person, and what it never does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console import ConsoleOptions
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.field_types import FIELDS
from bridge.config.route_settings import DefaultSettings, RouteSettings
from bridge.config.settings import AdapterSettings, Settings
from bridge.routing.rules import Rules
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place

IDS = {"chat": "-100777", "thread": "778", "workspace": "T0SECRET", "person": "42424242", "key": "update:99"}


def rules_with(template):
    """Rules with a variable that the config file's own check has not seen: this is the second lock on the door."""
    defaults = DefaultSettings().model_copy(update={"variables": {"it": template}})
    return Rules(
        Settings(
            coze={"main": CozeSettings(token="pat_12345678")},
            adapters={"helpdesk": AdapterSettings(kind="telegram", options=ConsoleOptions())},
            bots={"assistant": BotSettings(coze="main", bot_id="1")},
            defaults=defaults,
            routes=(RouteSettings(name="everyone", bot="assistant"),),
        )
    )


def message(name="Ann", language="en"):
    return Inbound(
        dedupe_keys=(IDS["key"],),
        where=Place(adapter="helpdesk", chat=IDS["chat"], thread=IDS["thread"], workspace=IDS["workspace"]),
        chat_type=ChatType.GROUP,
        author=Person(id=IDS["person"], name=name, language=language),
        text="hello",
        address=Address.TO_US,
        reply_context={"message_id": "31337"},
    )


def filled(template, said=None):
    rules, said = rules_with(template), said or message()
    return rules.context(said, rules.decide(said)).variables["it"]


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{person.name}", "Ann"),
        ("{person.language}", "en"),
        ("{chat.type}", "group"),
        ("{route.name}", "everyone"),
        ("{adapter.name}", "helpdesk"),
        ("{person.name} speaks {person.language}", "Ann speaks en"),
        ("as it is", "as it is"),
        ("{{person.name}}", "{person.name}"),
        ("", ""),
    ],
)
def test_a_template_is_filled_with_what_may_be_told(template, value):
    assert value == filled(template)


@pytest.mark.parametrize(
    "template",
    ["{person.id}", "{chat.id}", "{person.name.__class__}", "{person}", "{message.text}", "{0}", "{}", "{person[id]}"],
)
def test_a_field_nobody_knows_is_empty(template):
    assert "" == filled(template)


def test_a_person_of_whom_nothing_is_known_has_empty_fields():
    assert "[]" == filled("[{person.name}{person.language}]", message(name="", language=None))


def test_what_a_person_calls_themselves_is_not_a_template():
    assert "{route.name}" == filled("{person.name}", message(name="{route.name}"))


roots = st.sampled_from(
    ["person", "chat", "route", "adapter", "message", "where", "author", "dedupe_keys", "reply_context", "0", ""]
)
steps = st.sampled_from(
    [".id", ".name", ".language", ".type", ".chat", ".thread", ".workspace", "[0]", "[id]", ".__class__", ".__dict__"]
)
conversions = st.sampled_from(["", "!r", "!s", ":>9", ":s"])


@given(
    root=roots, path=st.lists(steps, max_size=3), conversion=conversions, around=st.sampled_from(["", "x", "{{", "}}"])
)
def test_no_id_of_a_platform_can_be_reached(root, path, conversion, around):
    """Whatever an admin writes: a bot's side learns nothing by which a platform could find the person."""
    value = filled(f"{around}{{{root}{''.join(path)}{conversion}}}")

    assert not [name for name, secret in IDS.items() if secret in value]
    assert "31337" not in value


def test_the_fields_are_those_the_papers_name():
    assert {"person.name", "person.language", "chat.type", "route.name", "adapter.name", "start.payload"} == set(FIELDS)

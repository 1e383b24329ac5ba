"""Who answers, by which rules, and why: laws and examples."""

import copy
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from bridge.config.access_settings import AccessRule, AccessSettings
from bridge.config.bot_settings import BotSettings, CozeSettings
from bridge.config.limit_settings import LimitSettings
from bridge.config.route_settings import AnswerWhen, Busy, DefaultSettings, Memory, RouteSettings, When
from bridge.config.settings import AdapterSettings, Settings, TestSettings
from bridge.routing.access import Access, groups_of
from bridge.routing.explanation import explain, question
from bridge.routing.limits import Allowance, answer_charges, question_charges
from bridge.routing.rules import Audience, Rules, Verdict
from bridge.routing.scopes import scope
from bridge.routing.selftest import run_tests
from bridge.sdk.choices import Choices
from bridge.sdk.model import Address, Attachment, ChatType, Inbound, MediaKind, Person, Place
from bridge.sdk.rates import Rate


class Options(BaseModel):
    pass


def config(*routes: RouteSettings, **more) -> Settings:
    return Settings(
        coze={"main": CozeSettings(token=SecretStr("pat"))},
        adapters={
            "helpdesk": AdapterSettings(kind="telegram", options=Options()),
            "acme": AdapterSettings(kind="slack", options=Options()),
        },
        bots={name: BotSettings(coze="main", bot_id=str(number)) for number, name in enumerate(("assistant", "coder"))},
        people={"staff": ("acme:U0ANN", "helpdesk:42")},
        routes=routes or (RouteSettings(name="all", bot="assistant"),),
        **more,
    )


def route(name: str, **when) -> RouteSettings:
    return RouteSettings(name=name, when=When.model_validate(when), bot="assistant")


def said(text: str = "hello", **more) -> Inbound:
    place = {"adapter": "helpdesk", "chat": "42"} | {
        key: more.pop(key) for key in ("adapter", "chat", "thread", "workspace") if key in more
    }
    person = Person(id=more.pop("who", "42"), language=more.pop("language", None))
    kinds = more.pop("has", ())
    return Inbound(
        dedupe_keys=("1",),
        where=Place(**place),
        chat_type=more.pop("chat_type", ChatType.PRIVATE),
        author=person,
        text=text,
        address=more.pop("address", Address.TO_US),
        attachments=tuple(Attachment(kind=kind, handle="h") for kind in kinds),
    )


def why(when: dict[str, object], inbound: Inbound) -> tuple[bool, str]:
    [verdict] = Rules(config(route("one", **when))).explain(inbound)
    return verdict.matched, verdict.why


CASES = [
    ({}, said(), True, "it has no conditions"),
    ({"chat": ["C0HELP"]}, said(chat="C1"), False, "chat is C1, not one of C0HELP"),
    ({"chat": ["C0HELP", "C1"]}, said(chat="C1"), True, "chat is C1"),
    ({"adapter": "acme"}, said(), False, "adapter is helpdesk, not one of acme"),
    ({"platform": "telegram"}, said(), True, "platform is telegram"),
    ({"platform": "slack"}, said(), False, "platform is telegram, not one of slack"),
    ({"workspace": "T1"}, said(), False, "there is no workspace, not one of T1"),
    ({"workspace": "T1"}, said(workspace="T1"), True, "workspace is T1"),
    ({"thread": "7"}, said(), False, "there is no thread, not one of 7"),
    ({"chat_type": ["group", "channel"]}, said(), False, "chat_type is private, not one of group, channel"),
    ({"from": "staff"}, said(), True, "from is helpdesk:42"),
    ({"from": "staff"}, said(adapter="acme"), False, "from is acme:42, not one of staff"),
    ({"from": "helpdesk:7"}, said(who="7"), True, "from is helpdesk:7"),
    ({"text": {"starts_with": "/report"}}, said(" /Report now"), True, "text starts with /report"),
    ({"text": {"starts_with": "/report"}}, said("no /report"), False, "text does not start with /report"),
    ({"text": {"equals": ["hi", "Hello"]}}, said("hello "), True, "text equals hi, Hello"),
    ({"text": {"matches": r"\bbill\b"}}, said("the bill, please"), True, r"text matches \bbill\b"),
    ({"text": {"matches": r"^bill"}}, said("Bill"), False, "text does not match ^bill"),
    ({"has": "image"}, said(), False, "has is nothing, not one of image"),
    ({"has": ["image", "file"]}, said(has=[MediaKind.VOICE, MediaKind.FILE]), True, "has is voice, file"),
    ({"has": "image"}, said(has=[MediaKind.VOICE]), False, "has is voice, not one of image"),
    ({"language": "zh"}, said(language="zh_Hans"), True, "language is zh_Hans"),
    ({"language": "zh"}, said(language="zha"), False, "language is zha, not one of zh"),
    ({"language": "zh"}, said(), False, "there is no language, not one of zh"),
    ({"any": [{"chat": "1"}, {"from": "staff"}]}, said(), True, "any: from is helpdesk:42"),
    (
        {"any": [{"chat": "1"}, {"thread": "2"}]},
        said(),
        False,
        "any: none holds (chat is 42, not one of 1; there is no thread, not one of 2)",
    ),
    ({"not": {"chat": "42"}}, said(), False, "not: chat is 42"),
    ({"not": {"chat": "1"}}, said(), True, "not: chat is 42, not one of 1"),
    (
        {"adapter": "acme", "chat": "1"},
        said(),
        False,
        "adapter is helpdesk, not one of acme, chat is 42, not one of 1",
    ),
]


@pytest.mark.parametrize(("when", "inbound", "matched", "reason"), CASES)
def test_a_condition_holds_or_says_why_not(when, inbound, matched, reason):
    assert (matched, reason) == why(when, inbound)


def test_a_reason_never_repeats_what_a_person_wrote():
    """Reasons are logged."""
    assert all("sesame" not in why(when, said("sesame"))[1] for when, *_ in CASES)


@pytest.mark.parametrize(
    "inbound", [said(), said("aaa", chat="{x}", who="{0}", language="zh"), said("", has=[MediaKind.FILE])]
)
@pytest.mark.parametrize("when", [*(when for when, *_ in CASES), {"text": {"matches": "a{3}"}}, {"chat": ["{name}"]}])
def test_a_reason_can_be_told_in_another_language_and_copied(when, inbound):
    """Also where what is put in looks like a place to put something."""
    [verdict] = Rules(config(route("one", **when))).explain(inbound)

    assert verdict.why == verdict.why.translated(lambda text, **parts: text.format_map(parts))
    assert verdict.why == copy.deepcopy(verdict.why)
    assert (
        verdict.why.translated(lambda text, **_: text.upper()) == verdict.why.translated(lambda text, **_: text).upper()
    )


SIMPLE = st.sampled_from(
    [{}, {"chat": "42"}, {"chat": "1"}, {"from": "staff"}, {"text": {"equals": "hello"}}, {"has": "file"}]
)
WHEN = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(lambda a: {"not": a}, inner.filter(bool))  # nothing is no condition that could be turned round
        | st.builds(lambda a: {"any": a}, st.lists(inner, min_size=1, max_size=3))
    ),
)
MESSAGES = st.builds(
    said, st.sampled_from(["hello", "bye"]), chat=st.sampled_from(["42", "1"]), who=st.sampled_from(["42", "7"])
)


@given(whens=st.lists(WHEN, min_size=1, max_size=6), inbound=MESSAGES)
def test_the_first_route_that_matches_answers_and_each_earlier_one_says_why_not(whens, inbound):
    alone = [why(when, inbound)[0] for when in whens]
    rules = Rules(config(*(route(str(index), **when) for index, when in enumerate(whens))))
    decision, reasons = rules.decide(inbound), rules.explain(inbound)

    assert (str(alone.index(True)) if True in alone else None) == (decision.route and decision.route.name)
    assert alone[: len(reasons)] == [verdict.matched for verdict in reasons]
    assert all(verdict.why for verdict in reasons)


@given(when=WHEN.filter(bool), inbound=MESSAGES)
def test_not_turns_round_and_twice_is_once(when, inbound):
    assert why(when, inbound)[0] is not why({"not": when}, inbound)[0]
    assert why(when, inbound)[0] is why({"not": {"not": when}}, inbound)[0]


@given(whens=st.lists(WHEN, min_size=1, max_size=4), inbound=MESSAGES)
def test_any_holds_where_one_of_them_does(whens, inbound):
    assert any(why(when, inbound)[0] for when in whens) is why({"any": whens}, inbound)[0]


def test_the_explanation_ends_with_the_route_that_answers():
    rules = Rules(config(route("a", chat="1"), route("b"), route("c", chat="42")))

    assert [
        Verdict(route="a", matched=False, why="chat is 42, not one of 1"),
        Verdict(route="b", matched=True, why="it has no conditions"),
    ] == rules.explain(said())


def test_a_route_overrides_only_what_it_says():
    defaults = DefaultSettings(
        busy=Busy.INTERRUPT,
        variables={"a": "1", "b": "2"},
        parameters={"a": "1"},
        meta_data={"a": "1", "b": "2"},
        limits=LimitSettings(messages=(Rate(count=1, seconds=1.0),), tokens=(Rate(count=2, seconds=1.0),)),
    )
    own = RouteSettings(
        name="own",
        bot="assistant",
        memory=Memory.CHAT,
        variables={"b": "3"},
        parameters={"b": "3"},
        meta_data={"b": "3"},
        limits=LimitSettings.model_validate({"tokens": None}),
    )
    rules = Rules(config(own, defaults=defaults)).decide(said()).rules

    assert (AnswerWhen.ADDRESSED, Memory.CHAT, Busy.INTERRUPT) == (rules.answer, rules.memory, rules.busy)
    assert {"a": "1", "b": "3"} == rules.variables == rules.parameters == rules.meta_data
    assert ((Rate(count=1, seconds=1.0),), None) == (rules.limits.messages, rules.limits.tokens)


def test_where_no_route_matches_the_defaults_hold():
    decision = Rules(config(route("a", chat="1"), defaults=DefaultSettings(memory=Memory.CHAT))).decide(said())

    assert (None, Memory.CHAT) == (decision.route, decision.rules.memory)


@pytest.mark.parametrize(
    ("answer", "address", "heard"),
    [
        (AnswerWhen.ADDRESSED, Address.TO_US, Audience.US),
        (AnswerWhen.ADDRESSED, Address.IN_THREAD, Audience.US_IF_ENGAGED),
        (AnswerWhen.ADDRESSED, Address.OVERHEARD, Audience.OTHERS),
        (AnswerWhen.ALWAYS, Address.OVERHEARD, Audience.US),
        (AnswerWhen.ALWAYS, Address.IN_THREAD, Audience.US),
    ],
)
def test_a_message_is_heard_where_it_is_meant_for_the_bot(answer, address, heard):
    rules = Rules(config(defaults=DefaultSettings(answer=answer)))

    assert heard is rules.decide(said(address=address)).audience


class TestScope:
    PART = st.sampled_from(["", "a", "/", "%", "a/b", "%2F", "-1", "a%", None])
    NAMED = PART.filter(lambda part: part is not None)
    PLACES = st.fixed_dictionaries({"adapter": NAMED, "chat": NAMED, "workspace": PART, "thread": PART, "who": NAMED})

    @given(one=PLACES, other=PLACES, memory=st.sampled_from(Memory), other_memory=st.sampled_from(Memory))
    def test_two_companies_have_one_key_only_if_they_are_the_same(self, one, other, memory, other_memory):
        same = self.company(said(**one), memory) == self.company(said(**other), other_memory)

        assert same is (scope(said(**one), memory) == scope(said(**other), other_memory))

    @staticmethod
    def company(message, memory):
        """What the key stands for, written down without any cleverness; a message has no empty thread."""
        where = message.where
        if memory is Memory.AUTO:
            memory = Memory.PERSON if where.thread is None else Memory.THREAD
        more = {Memory.PERSON: [message.author.id], Memory.CHAT: [], Memory.THREAD: [where.thread]}[memory]
        return (memory, where.adapter, where.workspace, where.chat, *more)

    def test_by_itself_a_thread_is_shared_and_all_else_is_the_persons(self):
        group = said(chat="-1", chat_type=ChatType.GROUP)
        topic = said(chat="-1", chat_type=ChatType.GROUP, thread="7")
        private_topic = said(thread="7")
        channel = said(adapter="acme", workspace="T1", chat="C1", thread="17.5", chat_type=ChatType.CHANNEL)

        assert "person/helpdesk//42/42" == scope(said(), Memory.AUTO)
        assert "person/helpdesk//-1/42" == scope(group, Memory.AUTO)
        assert "thread/helpdesk//-1/7" == scope(topic, Memory.AUTO)
        assert "thread/helpdesk//42/7" == scope(private_topic, Memory.AUTO)
        assert "thread/acme/T1/C1/17.5" == scope(channel, Memory.AUTO)

    def test_a_persons_memory_spans_the_threads_of_a_chat(self):
        assert scope(said(thread="1"), Memory.PERSON) == scope(said(thread="2"), Memory.PERSON)


class TestAccess:
    STAFF = AccessRule(mode="people", people=("staff",))

    @pytest.mark.parametrize(
        ("rule", "who", "reason"),
        [
            (AccessRule(), "7", None),
            (STAFF, "42", None),
            (STAFF, "7", "access.private: not one of staff"),
            (AccessRule(mode="people", people=("helpdesk:7",)), "7", None),
            (AccessRule(mode="not", people=("staff",)), "42", "access.private: one of staff"),
            (AccessRule(mode="not", people=("staff",)), "7", None),
            (AccessRule(mode="nobody"), "42", "access.private: nobody"),
            (AccessRule(mode="pairing"), "42", "access.private: pairing, and this person has not been let in yet"),
        ],
    )
    def test_who_may_talk_in_private(self, rule, who, reason):
        access = AccessSettings(private=rule, groups=AccessRule(mode="nobody"))

        assert reason == Access(access, groups_of(config())).refusal(said(who=who))

    @pytest.mark.parametrize("chat_type", [ChatType.GROUP, ChatType.CHANNEL])
    def test_groups_have_a_rule_of_their_own(self, chat_type):
        access = AccessSettings(private=AccessRule(mode="nobody"), groups=self.STAFF)

        gates = Access(access, groups_of(config()))

        assert gates.refusal(said(chat_type=chat_type)) is None
        assert "access.groups: not one of staff" == gates.refusal(said(chat_type=chat_type, who="7"))


class TestLimits:
    MINUTE, DAY = Rate(count=20, seconds=60.0), Rate(count=100, seconds=86400.0)

    def held(self, limits: LimitSettings, together: LimitSettings | None = None) -> tuple[Allowance, ...]:
        settings = config(RouteSettings(name="all", bot="assistant", limits=limits))
        if together:
            coze = {"main": settings.coze["main"].model_copy(update={"limits": together})}
            settings = settings.model_copy(update={"coze": coze})
        return Rules(settings).decide(said()).allowances

    def test_without_limits_a_question_costs_nothing(self):
        assert () == self.held(LimitSettings()) == question_charges((), "helpdesk:7")

    def test_each_rate_is_an_allowance_of_its_own(self):
        held = self.held(LimitSettings(messages=(self.MINUTE, self.DAY), tokens=(self.DAY,)))
        charges = question_charges(held, "helpdesk:7")

        assert [(3.0, 60.0), (864.0, 86400.0), (0.0, 86400.0)] == [(one.cost, one.window) for one in charges]
        assert 3 == len({charge.key for charge in charges})

    def test_an_answer_costs_tokens_and_no_message(self):
        held = self.held(LimitSettings(messages=(self.MINUTE,), tokens=(self.DAY,)))

        assert [8640.0] == [charge.cost for charge in answer_charges(held, "helpdesk:7", 10)]

    def test_two_people_have_one_each_and_everybody_has_one_together(self):
        held = self.held(LimitSettings(messages=(self.MINUTE,)), LimitSettings(messages=(self.DAY,)))
        (ann, all_of_us), (bob, us) = (question_charges(held, who) for who in ("helpdesk:7", "helpdesk:8"))

        assert (ann.key == bob.key, all_of_us.key == us.key) == (False, True)

    def test_a_key_says_nothing_about_the_person(self):
        [charge] = question_charges(self.held(LimitSettings(messages=(self.MINUTE,))), "helpdesk:4242")

        assert "4242" not in charge.key


class TestChoices:
    """What somebody has chosen for a memory."""

    def rules(self, **route):
        bots = {name: BotSettings(coze="main", bot_id="1") for name in ("assistant", "coder", "other")}
        return Rules(config(RouteSettings(name="all", **route)).model_copy(update={"bots": bots}))

    @pytest.mark.parametrize(
        ("chosen", "bot"), [(None, "assistant"), ("coder", "coder"), ("other", "assistant"), ("", "assistant")]
    )
    def test_of_several_bots_the_first_answers_until_another_of_them_is_chosen(self, chosen, bot):
        decision = self.rules(bots=["assistant", "coder"]).decide(replace(said(), choices=Choices(bot=chosen)))

        assert (bot, ("assistant", "coder")) == (decision.bot, decision.bots)

    def test_who_is_chosen_elsewhere_does_not_answer_where_there_is_one_bot(self):
        assert "assistant" == self.rules(bot="assistant").decide(replace(said(), choices=Choices(bot="coder"))).bot

    @pytest.mark.parametrize(
        ("route", "asks"),
        [
            ({"bot": "assistant"}, False),
            ({"bots": ["assistant"]}, False),
            ({"bots": ["assistant", "coder"]}, True),
            ({"bot": "assistant", "when": {"start": "sales"}}, True),
            ({"bot": "assistant", "when": {"any": [{"chat": "1"}, {"not": {"start": "x"}}]}}, True),
            ({"bot": "assistant", "when": {"not": {"chat": "1"}}}, False),
            ({"bot": "assistant", "variables": {"from": "{start.payload}"}}, True),
            ({"bot": "assistant", "meta_data": {"name": "{person.name}"}}, False),
        ],
    )
    def test_they_are_asked_for_only_where_they_change_something(self, route, asks):
        assert asks == self.rules(**route).ask_for_choices

    @pytest.mark.parametrize(
        ("start", "holds"), [("sales", True), ("offer_2", True), ("Sales", False), ("", False), ("sales ", False)]
    )
    def test_a_start_holds_to_the_letter(self, start, holds):
        rules = Rules(config(route("one", start=["sales", "offer_2"])))
        [verdict] = rules.explain(replace(said(), choices=Choices(start=start)))

        assert (holds, f"start is {'' if holds else 'not '}one of sales, offer_2") == (verdict.matched, verdict.why)


class TestPrompts:
    """The questions offered to who begins: the route's, else the defaults'."""

    @pytest.mark.parametrize(
        ("own", "offered"), [({}, ("default?",)), ({"prompts": ["own?"]}, ("own?",)), ({"prompts": []}, ())]
    )
    def test_the_route_says_otherwise(self, own, offered):
        defaults = DefaultSettings(prompts=["default?"])
        settings = config(RouteSettings(name="all", bot="assistant", **own), defaults=defaults)

        assert offered == Rules(settings).decide(said()).rules.prompts


class TestOwnTests:
    def run(self, *tests: dict[str, object], **more) -> list[str]:
        routes = (
            RouteSettings(name="quiet", when=When(chat=("1",)), discard=True),
            route("staff only", **{"from": "staff"}),
            route("public", chat_type="private"),
        )
        found = run_tests(config(*routes, tests=tuple(map(TestSettings.model_validate, tests)), **more))
        return [f"{complaint.path}: {complaint.message}" for complaint in found]

    def test_tests_that_hold_say_nothing(self):
        assert [] == self.run(
            {"say": "hi", "adapter": "helpdesk", "expect": "public"},
            {"say": "hi", "adapter": "helpdesk", "from": "helpdesk:42", "expect": "staff only"},
            {"say": "hi", "adapter": "acme", "from": "U0ANN", "expect": "staff only"},
            {"say": "hi", "adapter": "acme", "from": "staff", "chat_type": "channel", "expect": "staff only"},
            {"say": "hi", "adapter": "acme", "chat": "1", "expect": "nobody"},
            {"say": "hi", "adapter": "acme", "chat": "1", "expect": "quiet"},
            {"say": "hi", "adapter": "acme", "chat_type": "group", "expect": "nobody"},
        )

    def test_a_test_may_have_begun_by_a_link(self):
        routes = (route("sales", start="sales"), route("all"))
        tests = [{"say": "hi", "adapter": "helpdesk", "expect": "all"}]
        tests.append(tests[0] | {"start": "sales", "expect": "sales"})

        assert [] == run_tests(config(*routes, tests=tuple(map(TestSettings.model_validate, tests))))

    def test_a_test_that_fails_says_what_happened_and_why(self):
        assert [
            (
                "tests.0.expect: expected `staff only`, got `public` (quiet: chat is somebody, not one of 1; staff only: "
                "from is helpdesk:somebody, not one of staff; public: chat_type is private)"
            )
        ] == self.run({"say": "hi", "adapter": "helpdesk", "expect": "staff only"})

    def test_whoever_is_not_let_in_is_answered_by_nobody(self):
        access = AccessSettings(private=AccessRule(mode="people", people=("staff",)))

        assert ["tests.0.expect: expected `public`, got `nobody` (access.private: not one of staff)"] == self.run(
            {"say": "hi", "adapter": "helpdesk", "expect": "public"}, access=access
        )


class TestPatterns:
    """Whatever a pattern is and whatever people write: a decision is made at once."""

    @pytest.mark.parametrize("pattern", [r"^(\w+\s?)*\?$", r"^(a|a)*$", r"(x+x+)+y", r"^(.*?,){11}P", r"(a*)*b"])
    @pytest.mark.parametrize("text", ["a" * 40 + " !", "x" * 5000, "a," * 9000])
    def test_a_pattern_that_would_run_away_decides(self, pattern, text):
        """With a backtracking engine this test would not end."""
        verdicts = Rules(config(route("it", text={"matches": pattern}))).explain(said(text))

        assert ["it"] == [verdict.route for verdict in verdicts]

    def test_only_the_beginning_of_a_huge_text_is_looked_at(self):
        rules = Rules(config(route("it", text={"matches": "needle"})))

        assert rules.decide(said("hay " * 100 + "needle")).route is not None
        assert rules.decide(said("hay " * 100_000 + "needle")).route is None

    def test_half_a_character_is_no_trouble(self):
        assert Rules(config(route("it", text={"matches": "b"}))).decide(said("a\ud800b")).route is not None


@given(
    whens=st.lists(
        st.dictionaries(
            st.sampled_from(["chat", "thread", "from", "adapter", "platform", "chat_type"]),
            st.sampled_from(["42", "1", "staff", "helpdesk:7", "helpdesk", "telegram", "private", "group"]),
            max_size=3,
        ).filter(lambda when: when.get("chat_type", "group") in ("private", "group")),
        max_size=12,
    ),
    inbound=MESSAGES,
)
def test_the_index_finds_what_asking_one_by_one_finds(whens, inbound):
    rules = Rules(config(*(route(str(index), **when) for index, when in enumerate(whens)), route("last", chat="0")))
    verdicts, found = rules.explain(inbound), rules.decide(inbound).route

    assert (verdicts[-1].route if verdicts[-1].matched else None) == (found.name if found else None)


class TestShare:
    """A part of all conversations, each for good."""

    @staticmethod
    def canary(share: str, name: str = "new", **more: object) -> Rules:
        new = RouteSettings(name=name, when=When.model_validate({"share": share, **more}), bot="assistant")
        return Rules(config(new, route("old")))

    def chosen(self, rules: Rules, name: str = "new", number: int = 2000) -> set[str]:
        decided = ((str(who), rules.decide(said(who=str(who), chat=str(who)))) for who in range(number))
        return {who for who, decision in decided if decision.route and decision.route.name == name}

    @pytest.mark.parametrize(("share", "low", "high"), [("10%", 140, 260), ("50%", 900, 1100), ("0.5%", 1, 30)])
    def test_about_so_many_are_in(self, share, low, high):
        assert low < len(self.chosen(self.canary(share))) < high

    def test_all_are_in_the_whole(self):
        assert 2000 == len(self.chosen(self.canary("100%")))

    def test_whoever_is_in_stays_in_when_the_share_grows(self):
        assert self.chosen(self.canary("10%")) < self.chosen(self.canary("25%"))

    def test_whatever_they_say_and_wherever_the_process_runs_it_is_the_same(self):
        rules = self.canary("50%")
        answers = {rules.decide(said(text, who="7")).route.name for text in ("hello", "bye", "")}

        assert 1 == len(answers)
        assert ["5", "6"] == sorted(self.chosen(self.canary("25%"), number=14))

    def test_two_shares_are_drawn_apart(self):
        both = self.chosen(self.canary("50%")) & self.chosen(self.canary("50%", name="other"), "other")

        assert 400 < len(both) < 600

    def test_who_shares_a_memory_is_in_together(self):
        new = RouteSettings(name="new", when=When(share=0.5), bot="assistant", memory=Memory.CHAT)
        rules = Rules(config(new, route("old")))
        groups = [[rules.decide(said(who=who, chat=str(-chat))).route for who in "789"] for chat in range(20)]

        assert all(len({route.name for route in answers if route}) == 1 for answers in groups)

    def test_the_reason_says_what_was_drawn(self):
        matched, reason = why({"share": "10%"}, said(who="7"))

        assert not matched
        assert re.fullmatch(r"share: drew \d+\.\d%, not below 10%", reason)


@pytest.mark.parametrize(
    ("own", "expected"), [({}, 60.0), ({"forget_after": 5.0}, 5.0), ({"forget_after": None}, None)]
)
def test_a_route_may_forget_sooner_or_never(own, expected):
    settings = config(RouteSettings(name="all", bot="assistant", **own), defaults=DefaultSettings(forget_after=60.0))

    assert expected == Rules(settings).decide(said()).rules.forget_after


RATES = st.sampled_from(
    [(), (Rate(count=20, seconds=60.0),), (Rate(count=2, seconds=1.0), Rate(count=9, seconds=60.0))]
)
LIMITS = st.builds(LimitSettings, messages=RATES, tokens=RATES)
PEOPLE = st.sampled_from([("staff",), ("helpdesk:7", "acme:7"), ("acme:U0ANN", "helpdesk:42")])
ACCESS = st.builds(
    AccessSettings,
    private=st.builds(
        AccessRule, mode=st.sampled_from(["everyone", "people", "not", "pairing", "nobody"]), people=PEOPLE
    ),
    groups=st.builds(AccessRule, mode=st.sampled_from(["everyone", "people", "not", "nobody"]), people=PEOPLE),
    admins=st.sampled_from([(), ("staff",)]),
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "adapter": st.sampled_from(["helpdesk", "acme"]),
        "platform": st.sampled_from(["telegram", "slack"]),
        "workspace": st.just("T1"),
        "chat": st.sampled_from(["C1", "42"]),
        "chat_type": st.sampled_from(["private", "group", "channel"]),
        "thread": st.sampled_from(["7", "8"]),
        "from": st.sampled_from(["staff", "helpdesk:7"]),
        "language": st.sampled_from(["zh", "en"]),
        "has": st.sampled_from(["image", "voice"]),
        "text": st.sampled_from([{"starts_with": "/report"}, {"matches": "[0-4]$"}, {"equals": "hello 1"}]),
        "share": st.sampled_from(["10%", "60%"]),
        "start": st.just("sales"),
    },
)
WHENS = st.recursive(
    CONDITIONS,
    lambda inner: (
        st.builds(lambda a: {"not": a}, inner.filter(bool))
        | st.builds(lambda a: {"any": a}, st.lists(inner.filter(bool), min_size=1, max_size=2))
    ),
    max_leaves=3,
)
ANSWERS = st.sampled_from(
    [{"bot": "assistant"}, {"bots": ("coder", "assistant")}, {"bot": "coder", "fallback": "assistant"}, {"reply": "No."}, {"discard": True}]
)  # fmt: skip
ROUTES = st.builds(
    lambda when, answer, **more: {"when": When.model_validate(when), **answer, **more},
    WHENS,
    ANSWERS,
    memory=st.sampled_from([None, *Memory]),
    busy=st.sampled_from([None, *Busy]),
    forget_after=st.sampled_from([None, 60.0]),
    limits=LIMITS,
)
FACTS = st.fixed_dictionaries(
    {
        "adapter": st.sampled_from(["helpdesk", "acme"]),
        "chat": st.sampled_from(["C1", "42", "9"]),
        "chat_type": st.sampled_from(["private", "group", "channel"]),
        "from": st.sampled_from(["42", "7", "U0ANN"]),
        "say": st.sampled_from(["/report", "hello 1", "hello 7"]),
    },
    optional={
        "workspace": st.sampled_from(["T1", "T2"]),
        "thread": st.sampled_from(["7", "9"]),
        "language": st.sampled_from(["zh-hans", "de"]),
        "has": st.sampled_from(["image", "file"]),
        "start": st.sampled_from(["sales", "other"]),
    },
)


@given(routes=st.lists(ROUTES, max_size=5), access=ACCESS, limits=LIMITS, facts=FACTS)
def test_what_is_explained_is_what_is_decided(routes, access, limits, facts):
    """Of a message as a platform's adapter makes it; `tests/scenarios/test_explained.py` has the daemon do it."""
    named = [RouteSettings(name=str(number), **one) for number, one in enumerate(routes)]
    several = config(*named, route("last", chat="C1"), access=access, defaults=DefaultSettings(limits=limits))
    heard = said(
        facts["say"],
        **{key: facts[key] for key in ("adapter", "workspace", "chat", "thread", "language") if key in facts},
        who=facts["from"],
        chat_type=ChatType(facts["chat_type"]),
        has=[MediaKind(facts["has"])] if "has" in facts else [],
    )
    decision = Rules(several).decide(replace(heard, choices=Choices(start=facts.get("start", ""))))
    found = explain(several, question(facts))

    assert (decision.refusal is None) is found.let_in
    assert decision.refusal in {None, found.access}
    assert (decision.route and decision.route.name) == (found.terms and found.terms.route)
    if decision.route and found.terms:
        terms = found.terms
        assert [(found.terms.route, True)] == [(one.route, one.matched) for one in found.routes[-1:]]
        assert (decision.bot, decision.bots, decision.route.fallback) == (terms.bot, terms.bots, terms.fallback)
        assert (decision.route.reply, decision.route.discard) == (terms.reply, terms.discards)
        assert (decision.scope, decision.rules.memory, decision.rules.busy) == (terms.scope, terms.memory, terms.busy)
        assert (decision.rules.answer, decision.rules.forget_after) == (terms.answer, terms.forget_after)
        charged = [f"{one.rate} {one.unit}" for one in decision.allowances]
        assert charged == [told for told in terms.limits.split(", ") if told != "none"]

"""What a new file changes is told by name; what is equal in all its values, secrets included, is left alone."""

import re
from collections.abc import Mapping
from typing import ClassVar

import pytest
from pydantic import BaseModel

from bridge.config.changes import Changes, Difference, changes, keep_fixed
from bridge.config.loading import load
from bridge.config.settings import Settings
from bridge.parts.registry import Kinds
from tests.unit.config.test_loading import KINDS

FILE = """\
database: sqlite:///bridge.db
http: {listen: "127.0.0.1:8080", public_url: "https://a.example"}
coze: {main: {token: "${ONE}"}, studio: {token: "${TWO}", base_url: "https://studio.example"}}
adapters: {helpdesk: {kind: telegram, token: "${T}"}, shop: {kind: telegram, token: "${U}"}}
bots: {assistant: {coze: main, bot_id: "1"}, coder: {coze: studio, bot_id: "2"}}
routes: [{name: everyone, bot: assistant}]
worker: {concurrency: 9}
"""
ENVIRON = {"ONE": "pat_1", "TWO": "pat_2", "T": "1:t", "U": "1:u"}


@pytest.fixture
def parsed(tmp_path):
    """Parses the config file once those edits are made."""

    def parse(
        *edits: tuple[str, str],
        environ: Mapping[str, str] = ENVIRON,
        kinds: Mapping[str, type[BaseModel]] = KINDS,
    ) -> Settings:
        text = FILE
        for pattern, instead in edits:
            text = re.sub(pattern, instead, text)
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return load(path, kinds, environ)

    return parse


def named(change: Changes) -> dict[str, list[str]]:
    return change.named()


class TestWhatChanges:
    def test_nothing_where_only_the_words_differ(self, parsed):
        change = changes(parsed(), parsed((r"# *$", ""), ("worker:", "\n# a comment\nworker:")))

        assert ({}, ()) == (named(change), change.restart)

    @pytest.mark.parametrize(
        ("edit", "expected"),
        [
            ((r", shop: .*", "}"), {"removed": ["adapters.shop"]}),
            ((r"\{helpdesk", "{more: {kind: telegram, token: x}, helpdesk"), {"added": ["adapters.more"]}),
            (("kind: telegram, token: .[$]{U}.", "kind: telegram, token: other"), {"changed": ["adapters.shop"]}),
            (('bot_id: "1"', 'bot_id: "3"'), {"changed": ["bots.assistant"]}),
            (('bot_id: "1"', 'bot_id: "1", feedback: true'), {"changed": ["bots.assistant"]}),
            (('"1"}', '"1"}, third: {coze: main, bot_id: "3"}'), {"added": ["bots.third"]}),
            ((r", coder: .*", "}"), {"removed": ["bots.coder"]}),
            (("studio.example", "other.example"), {"changed": ["coze.studio", "bots.coder"]}),
            (("a.example", "b.example"), {"changed": ["adapters.helpdesk", "adapters.shop"]}),
            (("name: everyone", "name: all"), {}),
            (("routes:", "access: {private: nobody}\nroutes:"), {}),
        ],
    )
    def test_each_is_named(self, parsed, edit, expected):
        assert expected == named(changes(parsed(), parsed(edit)))

    @pytest.mark.parametrize(
        ("secret", "expected"),
        [("ONE", ["coze.main", "bots.assistant"]), ("T", ["adapters.helpdesk"])],
    )
    def test_a_secret_that_is_another_is_a_change(self, parsed, secret, expected):
        new = parsed(environ=ENVIRON | {secret: "1:other"})

        assert {"changed": expected} == named(changes(parsed(), new))

    def test_another_level_of_the_log_is_told(self, parsed):
        assert changes(parsed(), parsed(("routes:", "log: {level: debug}\nroutes:"))).log
        assert not changes(parsed(), parsed()).log


class TestWhatOnlyARestartCanChange:
    @pytest.mark.parametrize(
        ("edit", "key"),
        [
            (("bridge.db", "other.db"), ("database",)),
            (("8080", "8081"), ("http", "listen")),
            (("concurrency: 9", "concurrency: 10"), ("worker", "concurrency")),
            (("concurrency: 9", "concurrency: 9, lease: 5s"), ("worker", "lease")),
        ],
    )
    def test_it_is_named_and_kept_while_all_else_is_taken(self, parsed, edit, key):
        old, new = parsed(), parsed(edit, ("name: everyone", "name: all"))
        kept = keep_fixed(old, new)

        assert (key,) == changes(old, new).restart
        assert () == changes(old, kept).restart
        assert "all" == kept.routes[0].name

    def test_the_public_url_beside_the_address_is_taken(self, parsed):
        kept = keep_fixed(parsed(), parsed(("8080", "8081"), ("a.example", "b.example")))

        assert ("https://b.example", 8080) == (kept.http.public_url, kept.http.listen.port)


class TestADifference:
    def test_it_is_empty_between_equals(self):
        assert not Difference.between({"a": 1}, {"a": 1})

    def test_what_is_opened_and_closed(self):
        found = Difference.between({"same": 1, "other": 1, "gone": 1}, {"same": 1, "other": 2, "new": 1})

        assert ({"other", "new"}, {"other", "gone"}) == (found.opening, found.closing)


class TestWhoHeardBefore:
    """Whoever opens hears once those have stopped that heard in its place: what one has heard, no other may hear again."""

    TOKENS: ClassVar = ENVIRON | {"T": f"1:{'t' * 35}", "U": f"2:{'u' * 35}"}

    @pytest.mark.parametrize(
        ("edits", "expected"),
        [
            ([("helpdesk: ", "desk: ")], {"desk": {"helpdesk"}}),
            ([("[$]{T}", f"1:{'r' * 35}")], {"helpdesk": {"helpdesk"}}),
            ([("helpdesk: ", "desk: "), ("[$]{T}", f"1:{'r' * 35}")], {"desk": {"helpdesk"}}),
            ([("[$]{T}", f"3:{'o' * 35}"), ("helpdesk: ", "desk: ")], {"desk": set()}),
            ([("helpdesk: ", f"more: {{kind: telegram, token: '3:{'m' * 35}'}}, helpdesk: ")], {"more": set()}),
            (
                [("helpdesk: ", "x: "), ("shop: ", "helpdesk: "), ("x: ", "shop: ")],
                {"helpdesk": {"helpdesk", "shop"}, "shop": {"helpdesk", "shop"}},
            ),
            ([(r", shop: .*", "}")], {}),
        ],
    )
    def test_the_same_name_or_the_same_account(self, parsed, edits, expected):
        kinds = Kinds()
        old, new = (parsed(*some, environ=self.TOKENS, kinds=kinds) for some in ((), edits))

        assert expected == changes(old, new).predecessors

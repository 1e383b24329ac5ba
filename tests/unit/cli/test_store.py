"""The database as a whole: a copy of one that is at work, and the key for what is kept in it."""

import asyncio
import sqlite3
import stat

import pytest
from cryptography.fernet import Fernet

from bridge.cli.work import load_settings
from bridge.sdk.model import Address, ChatType, Inbound, Person, Place
from bridge.store.admission import Admission
from bridge.store.arrivals import Accepted
from bridge.store.database import open_database
from bridge.store.inbox import Inbox
from bridge.store.leases import Leases
from bridge.store.wakeup import Wakeup

CONFIG = """\
database: {database}
coze: {{main: {{token: pat}}}}
adapters: {{desk: {{kind: console}}}}
bots: {{assistant: {{bot_id: 7379462189365198898}}}}
routes: [{{bot: assistant}}]
"""


@pytest.fixture
def config(tmp_path):
    """A config file whose database is not there yet."""
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(database=f"sqlite:///{tmp_path}/bridge.db"))
    return path


def held(path):
    with sqlite3.connect(path) as connection:
        found = [name for (name,) in connection.execute("select name from leases order by name")]
    connection.close()
    return found


class TestBackup:
    def test_it_copies_what_a_running_daemon_has_written_and_nothing_later(self, call, config, tmp_path):
        async def at_work():
            async with open_database(f"sqlite:///{tmp_path}/bridge.db") as database:
                leases = Leases(database, owner="test", seconds=30.0)
                await leases.acquire_or_renew("before")
                result = await asyncio.to_thread(call, "store", "backup", "--config", config, tmp_path / "copy.db")
                await leases.acquire_or_renew("after")
                return result

        code, out, err = asyncio.run(at_work())
        size = (tmp_path / "copy.db").stat().st_size

        assert (0, f"{tmp_path / 'copy.db'}: {size} bytes\n", "") == (code, out, err)
        assert ["before"] == held(tmp_path / "copy.db")
        assert ["after", "before"] == held(tmp_path / "bridge.db")

    def test_it_belongs_to_its_owner_alone(self, call, config, tmp_path):
        call("migrate", "--config", config)
        call("store", "backup", "--config", config, tmp_path / "copy.db")

        assert 0o600 == stat.S_IMODE((tmp_path / "copy.db").stat().st_mode)

    def test_nothing_is_overwritten(self, call, config, tmp_path):
        call("migrate", "--config", config)
        (tmp_path / "copy.db").write_text("dear")
        code, out, err = call("store", "backup", "--config", config, tmp_path / "copy.db")

        assert (1, "") == (code, out)
        assert "copy.db exists" in err
        assert "dear" == (tmp_path / "copy.db").read_text()

    def test_an_older_schema_stays_as_it_is(self, call, config, tmp_path):
        """A copy from before an upgrade is there to go back to."""
        with sqlite3.connect(tmp_path / "bridge.db") as connection:
            connection.execute("create table alembic_version (version_num text)")
            connection.execute("insert into alembic_version values ('0000')")
        connection.close()
        code, _, _ = call("store", "backup", "--config", config, tmp_path / "copy.db")
        with sqlite3.connect(tmp_path / "copy.db") as connection:
            found = connection.execute("select version_num from alembic_version").fetchone()
        connection.close()

        assert (0, ("0000",)) == (code, found)

    @pytest.mark.parametrize("content", [None, b"no database at all, but long enough to be taken for one" * 40])
    def test_what_cannot_be_copied_leaves_nothing_behind(self, call, config, tmp_path, content):
        if content:
            (tmp_path / "bridge.db").write_bytes(content)
        code, out, err = call("store", "backup", "--config", config, tmp_path / "copy.db")

        assert (1, "") == (code, out)
        assert "bridge.db" in err
        assert not (tmp_path / "copy.db").exists()

    def test_a_postgresql_is_told_its_own_way(self, call, config, tmp_path):
        config.write_text(CONFIG.format(database="postgresql://bridge:sesame@db/bridge"))
        code, _, err = call("store", "backup", "--config", config, tmp_path / "copy.db")

        assert 2 == code
        assert "pg_dump" in err


class TestWhatCannotBeUsed:
    @pytest.mark.parametrize("words", [["inbox", "list"], ["migrate"], ["people", "list"]], ids=" ".join)
    def test_a_damaged_file_is_not_said_to_be_away(self, call, config, tmp_path, words):
        (tmp_path / "bridge.db").write_bytes(b"no database at all, but long enough to be taken for one" * 40)
        code, out, err = call(*words, "--config", config)

        assert (1, "") == (code, out)
        assert "the database cannot be used: file is not a database; put a backup in its place" in err

    def test_a_file_that_could_not_be_made_is_not_said_to_be(self, call, config, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        config.write_text(CONFIG.format(database="sqlite:///missing/bridge.db"))
        code, out, err = call("inbox", "list", "--config", config)

        assert (1, "") == (code, out)
        assert "it is made" not in err

    def test_an_export_says_that_a_key_is_missing(self, call, config):
        """The text of a message would else be a riddle that looks like an answer."""
        config.write_text(config.read_text() + f"privacy: {{encryption_key: {Fernet.generate_key().decode()}}}\n")
        asyncio.run(_keep_one(config))
        readable = call("people", "export", "--config", config, "desk:7")
        config.write_text(config.read_text().partition("privacy:")[0])
        code, out, err = call("people", "export", "--config", config, "desk:7")

        assert (0, "", True) == (readable[0], readable[2], "sesame" in readable[1])
        assert (0, False) == (code, "sesame" in out)
        assert "some of it is sealed; add the key that sealed it to privacy.encryption_key\n" == err


async def _keep_one(config):
    """Let the config's database hold one message of desk:7."""
    settings = load_settings(config)
    message = Inbound(
        dedupe_keys=("1",),
        where=Place(adapter="desk", chat="7"),
        chat_type=ChatType.PRIVATE,
        author=Person(id="7"),
        text="sesame",
        address=Address.TO_US,
    )
    async with open_database(settings.database.get_secret_value(), keys=settings.privacy.keys) as database:
        inbox = Inbox(database, Wakeup(), owner="us", lease=30.0)
        assert Accepted.KEPT == await inbox.accept(message, Admission.in_order("a"))


class TestMove:
    def test_the_password_comes_from_env_beside_the_config(self, call, config, tmp_path):
        """The address is wrong, so that the complaint shows what was filled in, and that the password is not shown."""
        (tmp_path / ".env").write_text("SESAME_HOST=127.0.0.1:1\nSESAME=open\n")
        code, _, err = call("store", "move", "--config", config, "--to", "postgresql://b:${SESAME}@${SESAME_HOST}/b")

        assert 1 == code
        assert "127.0.0.1" in err
        assert "open" not in err

    def test_a_variable_that_is_not_set_is_a_wrong_call(self, call, config):
        code, _, err = call("store", "move", "--config", config, "--to", "postgresql://b:${NOT_SET_AT_ALL}@db/b")

        assert 2 == code
        assert "NOT_SET_AT_ALL" in err

    def test_the_password_comes_from_a_file(self, call, config, tmp_path):
        (tmp_path / "password").write_text("sesame\n")
        file = tmp_path / "password"
        code, _, err = call(
            "store", "move", "--config", config, "--to", "postgresql://b@127.0.0.1:1/b", "--password-file", file
        )

        assert 1 == code
        assert "sesame" not in err


def test_a_new_key_encrypts_and_is_never_the_same_twice(call):
    keys = [call("keygen")[1].strip() for _ in range(2)]

    assert 2 == len(set(keys))
    for key in keys:
        assert 44 == len(key)
        assert b"hello" == Fernet(key).decrypt(Fernet(key).encrypt(b"hello"))

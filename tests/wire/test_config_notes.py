"""What is wrong with the config file as it is now is told by the pages, and makes nothing unready."""

from tests.wire.house import ADMIN, House
from tests.wire.test_bot_checks import noted


class TestABadFile:
    async def test_it_is_told_and_the_last_good_one_stays(self, house: House) -> None:
        good = house._path.read_text()
        house._path.write_text(good + "rutes: []\n")
        status, told = await noted(house)
        _, shown = await house.get_as(ADMIN)

        assert (200, True) == (status, told["ready"])
        assert "rutes: unknown key; did you mean `routes`?" in told["notes"]["config"]
        assert "rutes" in shown["config"]["refused"]
        assert "bridge_config_current 0.0" in (await house.get("/metrics"))[2]

    async def test_what_needs_a_restart_is_told_and_is_no_fault(self, house: House) -> None:
        good = house._path.read_text()
        house._path.write_text(good + "worker: {concurrency: 7}\n")
        status, told = await noted(house)
        _, shown = await house.get_as(ADMIN)

        assert 200 == status
        assert "worker.concurrency: changed; restart for this" in told["notes"]["config"]
        assert (None, 1) == (shown["config"]["refused"], len(shown["config"]["restart"]))
        assert "bridge_config_current 1.0" in (await house.get("/metrics"))[2]

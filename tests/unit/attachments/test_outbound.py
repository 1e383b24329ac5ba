"""The files of an answer are sent once, whenever the process dies, and never hold up what was said."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import pytest

from bridge.attachments import outbound
from bridge.attachments.outbound import FIRST, AttachmentSender
from bridge.sdk.answers import SentPart
from bridge.sdk.asking import FileHosts
from bridge.sdk.errors import LeaseLost, Refused, Uncertain, Unreachable
from bridge.sdk.model import MediaBytes, Ref

AWAY = FileHosts(own="away")
NOWHERE = FileHosts()
CAT, DOG = "https://a.example/cat.png", "https://a.example/dog.png"


class Death(BaseException):
    """The process is gone; nothing handles that."""


class Disk:
    """A ledger of which nothing gets lost."""

    def __init__(self) -> None:
        self.pages: dict[int, SentPart] = {}
        self.lost = False

    def check_lease(self) -> None:
        if self.lost:
            raise LeaseLost("another has it")

    def shown(self, index: int) -> SentPart | None:
        return self.pages.get(index)

    def plan(self, index: int, after: str | None = None) -> None:
        self.pages.setdefault(index, SentPart(index=index, after=after))

    def record_after(self, index: int, after: str | None) -> None:
        raise NotImplementedError

    async def beside(self) -> Mapping[str, frozenset[Ref]] | None:
        raise NotImplementedError

    async def commit_intent(self, index: int) -> None:
        self.plan(index)

    def record_sent(self, shown: SentPart) -> None:
        self.pages[shown.index] = shown


class Screen:
    """A place of which only files matter here, and which may fail once."""

    def __init__(self, failure: BaseException | None = None, *, done: bool = False) -> None:
        self.files: list[str] = []
        self._failure = failure
        self._done = done

    async def attach(self, media: MediaBytes) -> None:
        failure, self._failure = self._failure, None
        if failure is None or self._done:
            self.files.append(media.name)
        if failure is not None:
            raise failure


async def fetch(address: str, *, hosts: FileHosts) -> MediaBytes:
    """The file, called as its address ends."""
    if hosts == AWAY:
        raise Unreachable("away")
    return MediaBytes(name=address.rpartition("/")[2], mime="image/png", data=b"...")


async def attach(disk: Disk, screen: Screen, *addresses: str, hosts: FileHosts = NOWHERE) -> None:
    """One process's try."""
    await AttachmentSender(fetch).send_all(
        addresses,
        sink=screen,  # type: ignore[arg-type]  # the rest of a sink is not asked for
        ledger=disk,
        adapter="a",
        hosts=hosts,
    )


async def test_each_file_is_sent_once_in_order() -> None:
    disk, screen = Disk(), Screen()
    await attach(disk, screen, CAT, DOG)
    await attach(disk, screen, CAT, DOG)

    assert ["cat.png", "dog.png"] == screen.files


@pytest.mark.parametrize("done", [True, False])
async def test_a_file_whose_fate_died_with_the_process_is_not_sent_again(*, done: bool) -> None:
    """It cannot be looked for; its link stands in the text. The others are sent."""
    disk, screen = Disk(), Screen(Death(), done=done)
    with pytest.raises(Death):
        await attach(disk, screen, CAT, DOG)
    await attach(disk, screen, CAT, DOG)

    assert (["cat.png"] if done else []) + ["dog.png"] == screen.files


@pytest.mark.parametrize("failure", [Refused("no"), Unreachable("away"), Uncertain("lost")])
async def test_a_file_that_cannot_be_sent_does_not_keep_the_others(failure: Exception) -> None:
    disk, screen = Disk(), Screen(failure)
    await attach(disk, screen, CAT, DOG)
    await attach(disk, screen, CAT, DOG)

    assert ["dog.png"] == screen.files


async def test_a_file_that_cannot_be_fetched_leaves_no_trace() -> None:
    disk, screen = Disk(), Screen()
    await attach(disk, screen, CAT, hosts=AWAY)
    await attach(disk, screen, CAT)

    assert ["cat.png"] == screen.files
    assert [FIRST] == [*disk.pages]


@pytest.mark.parametrize(("failures", "tries"), [(0, 1), (1, 2), (2, 3), (3, 3)])
async def test_a_file_whose_host_is_away_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, failures: int, tries: int
) -> None:
    monkeypatch.setattr(outbound, "FETCH_AGAIN_AFTER", (0.0, 0.0))
    asked: list[str] = []

    async def fetch_with_trouble(address: str, *, hosts: FileHosts) -> MediaBytes:
        asked.append(address)
        return await fetch(address, hosts=AWAY if len(asked) <= failures else hosts)

    disk, screen = Disk(), Screen()
    await AttachmentSender(fetch_with_trouble).send_all(
        [CAT],
        sink=screen,  # type: ignore[arg-type]  # the rest of a sink is not asked for
        ledger=disk,
        adapter="a",
        hosts=NOWHERE,
    )

    assert [CAT] * tries == asked
    assert (["cat.png"] if failures < tries else []) == screen.files


async def test_nothing_is_sent_for_a_turn_that_another_process_has() -> None:
    disk, screen = Disk(), Screen()
    disk.lost = True
    with pytest.raises(LeaseLost):
        await attach(disk, screen, CAT)

    assert [] == screen.files


class AlbumScreen(Screen):
    """A place that shows up to three pictures as one."""

    album_most = 3

    def fits_album(self, media: MediaBytes) -> bool:
        return media.name.endswith(".png")

    async def attach_album(self, album: list[MediaBytes]) -> None:
        await self.attach(MediaBytes(name="+".join(media.name for media in album), mime="", data=b""))


CATS = [f"https://a.example/{number}.png" for number in range(1, 6)]
PDF = "https://a.example/cats.pdf"


@pytest.mark.parametrize(
    ("addresses", "shown"),
    [
        (CATS[:1], ["1.png"]),
        (CATS[:2], ["1.png+2.png"]),
        (CATS[:4], ["1.png+2.png+3.png", "4.png"]),
        (CATS[:5], ["1.png+2.png+3.png", "4.png+5.png"]),
        ([CAT, PDF, DOG], ["cat.png", "cats.pdf", "dog.png"]),
        ([CAT, DOG, PDF, *CATS[:2]], ["cat.png+dog.png", "cats.pdf", "1.png+2.png"]),
        ([PDF, PDF], ["cats.pdf", "cats.pdf"]),
    ],
)
async def test_pictures_beside_each_other_are_one_album(addresses: list[str], shown: list[str]) -> None:
    disk, screen = Disk(), AlbumScreen()
    for _ in range(2):
        await attach(disk, screen, *addresses)

    assert shown == screen.files
    assert len(addresses) == len(disk.pages)


async def test_an_album_that_is_refused_is_sent_one_by_one() -> None:
    disk, screen = Disk(), AlbumScreen(Refused("no albums"))
    for _ in range(2):
        await attach(disk, screen, CAT, DOG)

    assert ["cat.png", "dog.png"] == screen.files


@pytest.mark.parametrize("failure", [Death(), Uncertain("lost")])
@pytest.mark.parametrize("done", [True, False])
async def test_an_album_that_may_stand_is_not_sent_again_nor_any_of_it(failure: BaseException, *, done: bool) -> None:
    disk, screen = Disk(), AlbumScreen(failure, done=done)
    for _ in range(2):
        with suppress(Death):
            await attach(disk, screen, CAT, DOG, PDF)

    assert (["cat.png+dog.png"] if done else []) + ["cats.pdf"] == screen.files


async def test_that_an_album_may_stand_is_written_down_for_all_of_it_before() -> None:
    disk, screen = Disk(), AlbumScreen(Death())
    with suppress(Death):
        await attach(disk, screen, CAT, DOG)

    assert [(FIRST, ""), (FIRST + 1, "")] == [(page.index, page.digest) for page in disk.pages.values()]


async def test_no_album_is_sent_for_a_turn_that_another_process_has() -> None:
    disk, screen = Disk(), AlbumScreen()
    disk.lost = True
    with pytest.raises(LeaseLost):
        await attach(disk, screen, CAT, DOG)

    assert [] == screen.files


async def test_a_slow_host_costs_one_answer_its_time_and_others_nothing() -> None:
    """The one whose host keeps silent is given up; the other was sent meanwhile, whatever the first waits for."""
    slow_disk, slow_screen, disk, screen = Disk(), Screen(), Disk(), Screen()
    silent = asyncio.Event()

    async def fetch_slowly(address: str, *, hosts: FileHosts) -> MediaBytes:
        if hosts == AWAY:
            await silent.wait()
        return await fetch(address, hosts=NOWHERE)

    sender = AttachmentSender(fetch_slowly, within=0.05)
    waiting = [
        asyncio.create_task(
            sender.send_all([CAT], sink=slow_screen, ledger=slow_disk, adapter="a", hosts=AWAY)  # type: ignore[arg-type]
        )
        for _ in range(100)
    ]
    await asyncio.sleep(0)
    await sender.send_all([DOG], sink=screen, ledger=disk, adapter="a", hosts=NOWHERE)  # type: ignore[arg-type]

    assert ["dog.png"] == screen.files
    await asyncio.gather(*waiting)
    assert [] == slow_screen.files

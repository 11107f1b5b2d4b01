"""Who comes next where places are scarce."""

from __future__ import annotations

import asyncio

import pytest

from include.posting.places import Places


async def _with_both_taken() -> tuple[Places, list[str], dict[str, asyncio.Task[None]]]:
    """Two places, those who wait for them in this order, and the names of those who came in."""
    places, came_in = Places(2), list[str]()

    async def wait(name: str, *, ahead: bool) -> None:
        await places.take(ahead=ahead)
        came_in.append(name)

    for _ in range(2):
        await places.take(ahead=False)
    waiting = {
        name: asyncio.create_task(wait(name, ahead=ahead))
        for name, ahead in (("first", False), ("second", False), ("ahead", True), ("ahead too", True))
    }
    await asyncio.sleep(0)
    return places, came_in, waiting


async def _all_give_back(places: Places, count: int) -> None:
    for _ in range(count):
        places.give_back(0.1)
        await asyncio.sleep(0)


def test_nobody_waits_while_there_is_a_place() -> None:
    async def check() -> None:
        places = Places(1)
        assert not places.are_taken
        await places.take(ahead=False)
        assert places.are_taken
        places.give_back(0.1)
        assert not places.are_taken

    asyncio.run(check())


def test_whoever_may_go_ahead_comes_first_and_all_others_in_their_turn() -> None:
    async def check() -> None:
        places, came_in, _ = await _with_both_taken()
        await _all_give_back(places, 4)
        assert came_in == ["ahead", "ahead too", "first", "second"]
        assert places.are_taken
        await _all_give_back(places, 2)
        assert not places.are_taken

    asyncio.run(check())


@pytest.mark.parametrize(
    ("held_s", "worth"),
    [([], 3), ([0.001], 5), ([0.075], 5), ([0.1], 4), ([0.1, 0.2], 3), ([0.4, 0.2], 2), ([0.6], 1.5), ([6.0], 1.5)],
)
def test_the_longer_a_place_is_held_the_fewer_are_worth_having_under_way(held_s: list[float], worth: float) -> None:
    async def check() -> None:
        places = Places(1)
        for each in held_s:
            await places.take(ahead=False)
            places.give_back(each)
        assert places.worth_under_way == pytest.approx(worth)

    asyncio.run(check())


@pytest.mark.parametrize("is_his_already", [False, True])
def test_a_place_is_not_lost_with_one_who_waits_no_more(is_his_already: bool) -> None:
    async def check() -> None:
        places, came_in, waiting = await _with_both_taken()
        if is_his_already:
            places.give_back(0.1)
        waiting["ahead"].cancel()
        await asyncio.sleep(0)
        await _all_give_back(places, 2)
        assert came_in == ["ahead too", "first", "second"][: 3 if is_his_already else 2]

    asyncio.run(check())


def test_where_answers_come_quickly_few_more_are_let_in_who_leave_next() -> None:
    async def check() -> None:
        places = Places(12)
        for _ in range(12):
            await places.take(ahead=False)
        assert places.are_taken  # how long one holds a place is not known yet

        places.give_back(0.02)
        for _ in range(3):
            assert not places.are_taken
            await places.take(ahead=False)
        assert places.are_taken  # twelve, and two who are ready

        waiting = asyncio.create_task(places.take(ahead=False))
        await asyncio.sleep(0)
        places.came_too_late()
        places.give_back(0.02)
        places.give_back(0.02)
        await asyncio.sleep(0)
        assert not waiting.done()
        places.give_back(0.02)
        await asyncio.sleep(0)
        assert waiting.done()

    asyncio.run(check())


def test_where_answers_come_slowly_nobody_is_ready_before_his_turn() -> None:
    async def check() -> None:
        places = Places(12)
        for _ in range(12):
            await places.take(ahead=False)
        places.give_back(0.51)
        await places.take(ahead=False)
        assert places.are_taken

    asyncio.run(check())

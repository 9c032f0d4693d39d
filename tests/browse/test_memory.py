from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from personahub.browse.memory import Memory


def test_who_asks_while_it_is_made_waits_for_it_and_it_is_made_once() -> None:
    memory, asked, go, made = Memory(2), Event(), Event(), []

    def make() -> int:
        asked.set()
        assert go.wait(10)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(memory.of, ("a", 1), make)
        assert asked.wait(10)
        others = [pool.submit(memory.of, ("a", 1), make) for _ in range(2)]
        assert memory.of(("a", 2), lambda: 7) == 7  # another one does not wait
        go.set()
        assert [one.result(10) for one in (first, *others)] == [1, 1, 1]


def test_what_failed_is_tried_again_by_the_next_who_asks() -> None:
    memory = Memory(2)
    with pytest.raises(ZeroDivisionError):
        memory.of(("a", 1), lambda: 1 // 0)
    assert ("a", 1) not in memory
    assert memory.of(("a", 1), lambda: 3) == 3


def test_the_newest_of_a_kind_stay() -> None:
    memory = Memory(2)
    memory.of(("b", 1), lambda: "other")
    for number in range(3):
        memory.of(("a", number), lambda: 0)
        memory.of(("a", 0), lambda: 1)
    assert [("a", number) in memory for number in range(3)] == [True, False, True]
    assert ("b", 1) in memory

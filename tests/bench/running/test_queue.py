"""Which cell may begin next."""

from __future__ import annotations

import fakes
import trials
from bench.planning.cell import Cell
from bench.running.queue import Queue


def cell(seed: int, parent: Cell | None = None) -> Cell:
    return fakes.cell(trials.Idle(), seed=seed, parent=parent)


def begin(queue: Queue) -> Cell | None:
    following = queue.next()
    if following is not None:
        queue.begin(following)
    return following


def test_a_child_waits_for_its_parent_and_others_do_not_wait_for_the_child() -> None:
    parent = cell(0)
    child, other = cell(1, parent), cell(2)
    queue = Queue()
    for each in (parent, child, other):
        queue.add(each)
    assert queue.waiting == 3
    assert [begin(queue) for _ in range(3)] == [parent, other, None]
    assert queue.waiting == 1
    queue.end(other)
    assert queue.next() is None
    queue.end(parent)
    assert begin(queue) == child
    assert queue
    queue.end(child)
    assert not queue


def test_a_parent_that_is_not_here_is_not_waited_for() -> None:
    queue = Queue()
    queue.add(cell(1, parent=cell(0)))
    assert queue.next() is not None


def test_a_cell_has_its_number_among_all_that_were_added_and_is_here_once() -> None:
    first, second = cell(0), cell(1)
    queue = Queue()
    queue.add(first)
    assert queue.begin(first) == 1
    queue.add(first)  # under way
    queue.add(second)
    assert (queue.begin(second), queue.total) == (2, 2)
    queue.end(first)
    queue.add(first)  # wanted once more
    assert (queue.begin(first), queue.total) == (3, 3)


def test_cells_that_are_elsewhere_are_passed_over_and_may_be_over_without_having_begun() -> None:
    parent = cell(0)
    child, other = cell(1, parent), cell(2)
    queue = Queue()
    for each in (parent, child, other):
        queue.add(each)
    assert queue.next({parent.id}) == other
    assert queue.next({parent.id, other.id}) is None
    assert parent in queue
    queue.end(parent)
    assert parent not in queue
    assert queue.next({other.id}) == child

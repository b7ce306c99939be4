from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest

from sentry_twilio.delivery import crew as crews
from sentry_twilio.delivery.crew import Crew

AMPLE = 20.0


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """What hangs goes on when this is set."""
    event = threading.Event()
    yield event
    event.set()


def hang(crew: Crew, go_on: threading.Event) -> crews.Task:
    """A task that a thread of the crew has begun and does not end."""
    begun = threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)

    task = crew.submit(work)
    assert begun.wait(AMPLE)
    return task


def works(crew: Crew) -> bool:
    done = threading.Event()
    crew.submit(done.set)
    return done.wait(AMPLE)


def test_it_has_no_more_threads_than_there_is_work() -> None:
    crew = Crew(50)
    assert works(crew)
    assert len(crew._members) == 1
    crew.end(AMPLE)


def test_it_does_as_much_at_a_time_as_it_has_threads() -> None:
    crew, together = Crew(3), threading.Barrier(3)
    passed: list[int] = []

    def work() -> None:
        passed.append(together.wait(AMPLE))

    for _ in range(6):
        crew.submit(work)
    crew.end(AMPLE)
    assert sorted(passed) == [0, 0, 1, 1, 2, 2]
    assert len(crew._members) == 3


def test_another_thread_takes_the_place_of_one_that_hangs(go_on: threading.Event) -> None:
    crew = Crew(1)
    assert crew.leave_behind(hang(crew, go_on))
    assert works(crew)
    assert len(crew._members) == 1


def test_one_that_comes_back_is_not_one_too_many(go_on: threading.Event) -> None:
    crew = Crew(1)
    task = hang(crew, go_on)
    thread = task.thread
    assert thread is not None
    crew.leave_behind(task)
    go_on.set()
    thread.join(AMPLE)
    assert not thread.is_alive()
    assert crew._left_behind == set()
    assert works(crew)


def test_a_task_that_is_over_leaves_nobody_behind() -> None:
    crew = Crew(1)
    task = crew.submit(lambda: None)
    assert works(crew)
    assert not crew.leave_behind(task)
    assert crew._left_behind == set()
    assert works(crew)


def test_only_so_many_are_left_behind(
    go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "MOST_LEFT_BEHIND", 1)
    crew = Crew(1)
    crew.leave_behind(hang(crew, go_on))
    crew.leave_behind(hang(crew, go_on))
    done = threading.Event()
    crew.submit(done.set)
    assert len(crew._members) == 1
    assert not done.is_set()
    go_on.set()
    assert done.wait(AMPLE)


def test_one_that_hangs_keeps_no_process_from_ending(go_on: threading.Event) -> None:
    crew = Crew(1)
    task = hang(crew, go_on)
    assert task.thread is not None
    assert task.thread.daemon
    crew.end(0.01)
    assert task.thread.is_alive()


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many more threads the system starts, beside those of the tests."""
    real, left = threading.Thread.start, [0]

    def start(thread: threading.Thread) -> None:
        if thread.name == "sender":
            if not left[0]:
                raise RuntimeError("can't start new thread")
            left[0] -= 1
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    return left


def test_a_thread_that_cannot_be_started_takes_no_place(limit: list[int]) -> None:
    crew, done = Crew(2), threading.Semaphore(0)
    crew.submit(done.release)
    assert crew._members == set()
    limit[0] = 2
    crew.submit(done.release)
    assert done.acquire(timeout=AMPLE)
    assert done.acquire(timeout=AMPLE)
    assert 1 <= len(crew._members) <= 2
    crew.end(AMPLE)


def test_what_no_thread_could_be_started_for_is_done_without_another_task(
    limit: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    crew, done = Crew(2), threading.Semaphore(0)
    for _ in range(3):
        crew.submit(done.release)
    crew.fill()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "limit of threads" in caplog.text
    limit[0] = 1
    crew.fill()
    for _ in range(3):
        assert done.acquire(timeout=AMPLE)
    crew.end(AMPLE)


def test_each_thread_does_something_last(go_on: threading.Event) -> None:
    ended: list[threading.Thread] = []
    crew = Crew(1, at_end=lambda: ended.append(threading.current_thread()))
    task = hang(crew, go_on)
    left_behind = task.thread
    crew.leave_behind(task)
    assert works(crew)
    go_on.set()
    assert left_behind is not None
    left_behind.join(AMPLE)
    (member,) = crew._members
    crew.end(AMPLE)
    assert ended == [left_behind, member]


def test_what_ends_a_thread_by_mistake_takes_no_place_in_the_crew() -> None:
    crew = Crew(1)
    done = threading.Event()
    crew.submit(lambda: sys.exit("A plugin's mistake."))
    crew.submit(done.set)
    assert done.wait(30)
    crew.end(30)

"""The threads that make a worker's calls; one that does not come back is left behind."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from sentry_twilio.delivery import clock

MOST_LEFT_BEHIND = 100
"""So many threads may hang at the same time. Beyond, those that hang keep their places: a process
that only ever hangs shall show in `/healthz`, not eat the machine."""


class Task:
    """Work that was given to a crew, and the thread that is at it."""

    __slots__ = ("thread", "work")

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.thread: threading.Thread | None = None


class Crew:
    """Up to `size` threads, begun as they are needed. Work may not raise.

    They keep no process from ending: a thread of the interpreter's own pools would be waited
    for at the exit, however long its call hangs.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._members: set[threading.Thread] = set()
        self._left_behind: set[threading.Thread] = set()
        self._open = 0  # tasks that are waiting, or that a member is at

    def submit(self, work: Callable[[], None]) -> Task:
        task = Task(work)
        with self._lock:
            self._open += 1
            self._tasks.put(task)
            self._fill()
        return task

    def leave_behind(self, task: Task) -> bool:
        """Do not count on the task's end: another thread takes the place of the one at it.

        False where no thread is at it: it stays in its turn.
        """
        with self._lock:
            thread = task.thread
            if thread in self._members and len(self._left_behind) < MOST_LEFT_BEHIND:
                self._members.discard(thread)
                self._left_behind.add(thread)
                self._open -= 1
                self._fill()
            return thread is not None

    def end(self, seconds: float) -> None:
        """Have the threads end when nothing is left to do; wait for so long at most."""
        until = clock.elapsed() + seconds
        with self._lock:
            members = list(self._members)
        for _ in members:
            self._tasks.put(None)
        for thread in members:
            thread.join(max(0.0, until - clock.elapsed()))

    def _fill(self) -> None:
        if len(self._members) < min(self._open, self._size):
            thread = threading.Thread(target=self._run, name="sender", daemon=True)
            self._members.add(thread)
            thread.start()

    def _run(self) -> None:
        me = threading.current_thread()
        while (task := self._tasks.get()) is not None:
            with self._lock:
                task.thread = me
            task.work()
            with self._lock:
                task.thread = None
                if me in self._left_behind:  # another one has its place by now
                    self._left_behind.discard(me)
                    return
                self._open -= 1

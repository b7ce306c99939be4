"""Threads that do what may hang; one that does not come back is left behind."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from sentry_twilio.delivery import clock

logger = logging.getLogger(__name__)

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
    for at the exit, however long its call hangs. `at_end` is the last thing that each does.
    """

    def __init__(
        self, size: int, name: str = "sender", at_end: Callable[[], object] | None = None
    ) -> None:
        self._size = size
        self._name = name
        self._at_end = at_end
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._members: set[threading.Thread] = set()
        self._left_behind: set[threading.Thread] = set()
        self._open = 0  # tasks that are waiting, or that a member is at
        self._is_short = False

    def submit(self, work: Callable[[], None]) -> Task:
        """Have a thread do this in its turn. Never raises: where the system has no thread left,
        it waits for one of ours, or for the next `fill`."""
        task = Task(work)
        with self._lock:
            self._open += 1
            self._tasks.put(task)
        self.fill()
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
        self.fill()
        return thread is not None

    def fill(self) -> None:
        """Begin the threads that are missing for what is to be done, as far as the system lets."""
        with self._lock:
            while len(self._members) < min(self._open, self._size):
                thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    if not self._is_short:  # once, and not for each task
                        logger.exception(
                            "A thread could not be started, so that less is done at a time. "
                            "Raise the limit of threads (ulimit -u, or the container's pids)."
                        )
                    self._is_short = True
                    return
                self._is_short = False
                self._members.add(thread)

    def end(self, seconds: float) -> None:
        """Have the threads end when nothing is left to do; wait for so long at most."""
        until = clock.elapsed() + seconds
        with self._lock:
            members = list(self._members)
        for _ in members:
            self._tasks.put(None)
        for thread in members:
            thread.join(max(0.0, until - clock.elapsed()))

    def _run(self) -> None:
        try:
            self._work()
        finally:
            if self._at_end is not None:
                self._at_end()

    def _work(self) -> None:
        me = threading.current_thread()
        while (task := self._tasks.get()) is not None:
            with self._lock:
                task.thread = me
            try:
                task.work()
            except BaseException:
                # A plugin's `sys.exit` would take the thread's place in the crew with it.
                logger.exception("What a thread was given to do ended as it may not.")
            with self._lock:
                task.thread = None
                if me in self._left_behind:  # another one has its place by now
                    self._left_behind.discard(me)
                    return
                self._open -= 1

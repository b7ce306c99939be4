"""A thread without which its process is of no use."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)


class Beside(threading.Thread):
    """Does `work`, and has the process end where that fails.

    A process that stayed up without it would look well to whoever could start it again.
    `has_failed` says that it has to end with another status than 0.
    """

    def __init__(
        self, work: Callable[[], None], end_process: Callable[[], None], daemon: bool = False
    ) -> None:
        super().__init__(name="beside", daemon=daemon)
        self._work = work
        self._end_process = end_process
        self.has_failed = False

    def run(self) -> None:
        try:
            self._work()
        except Exception:
            logger.critical(
                "What this process does beside its main thread has failed. It ends, to be started "
                "again by whoever watches over it; no message is lost.",
                exc_info=True,
            )
            self.has_failed = True
            self._end_process()

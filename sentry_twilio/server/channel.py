"""A connection of waitress's that does not keep its loop busy."""

from __future__ import annotations

from waitress.channel import HTTPChannel


class Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """While a thread is writing an answer, the loop waits for it instead of asking without end.

    waitress asks the loop to write as soon as there is output. Until the thread is done the loop
    may not write so little, so it turns as fast as it can and takes the processor from all
    threads: 200 calls at once took up to three seconds instead of a third of one. The thread
    sends by itself as far as the client takes it, and wakes the loop for the rest once it is done.
    """

    def writable(self) -> bool:
        """Whether the loop is to write, or to close."""
        if self.will_close or self.close_when_flushed:
            return True
        # From the high watermark on, the thread waits for the loop.
        least = self.adj.outbuf_high_watermark if self.requests else 1
        return bool(self.total_outbufs_len >= least)

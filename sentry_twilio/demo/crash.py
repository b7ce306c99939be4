"""A small shop with a bug. It knows nothing of us: it reports to the DSN as any program would.

Imported and not run with `-m`, so that its frames are named after this module.
"""

from __future__ import annotations

import os

import sentry_sdk


class PaymentError(Exception):
    """The bank said no."""


def charge(order: dict[str, object]) -> None:
    raise PaymentError(f"card declined for order {order['id']}")


def checkout(order: dict[str, object]) -> None:
    charge(order)


def main() -> None:
    sentry_sdk.init(dsn=os.environ["SENTRY_DSN"], release="shop@1.4.2", environment="production")
    run = os.environ.get("DEMO_RUN", "1")
    # A second run would only add to the first one's issue, and an issue that is known tells
    # nobody. So each run is a problem of its own.
    sentry_sdk.get_isolation_scope().fingerprint = ["{{ default }}", run]
    checkout({"id": run, "items": 3})

"""How often something may happen in a while, counted in the database for all processes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import connection
from django.db.models import BigIntegerField, F, QuerySet, Value

from sentry_twilio.projects.models import Usage
from sentry_twilio.projects.transactions import writing

_TABLE = Usage._meta.db_table
# One statement on both databases; the ORM's upsert cannot express the restart of a window.
# A clock that jumps back starts a window anew, too.
_TAKE = f"""
    INSERT INTO {_TABLE} (scope, "window", "count") VALUES (%s, %s, 1)
    ON CONFLICT (scope) DO UPDATE SET
        "count" = CASE WHEN {_TABLE}."window" = excluded."window"
                       THEN {_TABLE}."count" + 1 ELSE 1 END,
        "window" = excluded."window"
    RETURNING "count"
"""  # noqa: S608  (the only thing put in is our own table's name)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `limit` times in `seconds`; a `limit` of 0 is none. Windows start on the clock."""

    limit: int
    seconds: int

    def take(self, scope: str) -> float:
        """Use one up. 0.0 where it is granted, else the seconds until the next window."""
        if not self.limit:
            return 0.0
        window, elapsed = divmod(time.time(), self.seconds)
        with writing(), connection.cursor() as cursor:
            cursor.execute(_TAKE, [scope, int(window)])
            count = cursor.fetchone()[0]
        return 0.0 if count <= self.limit else self.seconds - elapsed

    def give_back(self, scope: str) -> None:
        """Undo one `take` of this window: what it was for did not count after all."""
        window = int(time.time() // self.seconds)
        used = Usage.objects.filter(scope=scope, window=window, count__gt=0)
        used.update(count=F("count") - 1)


def past() -> QuerySet[Usage]:
    """What was counted in windows that are over, and may be forgotten.

    The rows do not say how long their windows are, and need not: number w is going on for
    windows of s seconds where now/(w+1) < s <= now/w. It is over if no whole s is in between.
    Of windows longer than some hours this cannot be told, and they are kept.
    """
    now = Value(int(time.time()), output_field=BigIntegerField())
    counted = Usage.objects.filter(window__gt=0)
    return counted.annotate(longest=now / F("window")).filter(longest=now / (F("window") + 1))

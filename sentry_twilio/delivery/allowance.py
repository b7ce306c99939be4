"""The segments that an account may send in a day: what is used up, and who hears of it.

They are counted as messages are let go, and given back where nothing was accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet, Sum, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from sentry_twilio.core import account_of, plugins
from sentry_twilio.delivery import notices
from sentry_twilio.delivery.models import Delivery, SegmentCount
from sentry_twilio.delivery.policy import CONF_KEY, Policy
from sentry_twilio.delivery.unsent import surely_unsent
from sentry_twilio.projects.models import Project
from sentry_twilio.projects.store import ModelOptionStore
from sentry_twilio.projects.transactions import writing

DAY = timedelta(hours=24)
WARN_AT = 0.8
NEARLY, REACHED = (
    "Most of the day's text messages are used up",
    "The day's text messages are used up",
)
_MEANS = {
    NEARLY: "Beyond them, alerts are held back and leave in digests; the worst ones still come "
    "at once.",
    REACHED: "Until there is room again, alerts are held back and leave in digests; the worst "
    "ones still come at once. There is room again as soon as messages were sent more than 24 "
    "hours ago.",
}


def used(accounts: Iterable[str], now: datetime) -> Counter[str]:
    """Segments of the last 24 hours (to the hour) by account."""
    return _sums(SegmentCount.objects.filter(account__in=set(accounts)), now)


def take(spent: Mapping[str, int], now: datetime) -> None:
    """So many segments by account were let go at `now`."""
    for account, segments in sorted(spent.items()):
        if segments:
            count, _ = SegmentCount.objects.get_or_create(account=account, hour=_hour(now))
            # By the database: somebody may be giving some back meanwhile.
            SegmentCount.objects.filter(pk=count.pk).update(segments=F("segments") + segments)


def give_back(deliveries: Collection[int]) -> list[int]:
    """What of these had a slot and surely never left is not charged. Returns the ids of those,
    which may keep their slots. Call it once for each slot.

    Locks the counts in one order. Call it with the deliveries locked, and before anything locks
    notifications: whoever lets messages go does it in that order too.
    """
    returned: Counter[tuple[str, datetime]] = Counter()
    rows = Delivery.objects.filter(surely_unsent(), pk__in=deliveries)
    unsent = []
    for pk, key, slot_at, segments in rows.values_list("pk", "sender_key", "slot_at", "segments"):
        if slot_at is not None:
            returned[account_of(key), _hour(slot_at)] += segments
            unsent.append(pk)
    for (account, hour), segments in sorted(returned.items()):
        # Never below 0: it may have been counted for the sender of other settings.
        SegmentCount.objects.filter(account=account, hour=hour).update(
            segments=Greatest(F("segments") - Value(segments), Value(0))
        )
    return unsent


def warn() -> None:
    """Tell the fallback of every project whose account has used up most of its segments."""
    most = settings.ACCOUNT_SEGMENTS_A_DAY
    loud = {
        account: segments
        for account, segments in _sums(SegmentCount.objects.all(), timezone.now()).items()
        if most and segments >= WARN_AT * most
    }
    if not loud:
        return
    listeners = list(_listeners())
    # Two processes may do the same chore, and each would tell of it.
    with writing(one_at_a_time="delivery: allowance"):
        for project, accounts in listeners:
            for account in accounts.keys() & loud.keys():
                _tell(project, accounts[account], loud[account], most)


def _tell(project: Project, plugin: str, spent: int, most: int) -> None:
    subject = REACHED if spent >= most else NEARLY
    notices.tell_once(
        project,
        subject,
        f"{spent} of the {most} segments that this account may send in 24 hours are used. "
        f"{_MEANS[subject]} Raise ACCOUNT_SEGMENTS_A_DAY if that is too little, or look for what "
        "is so loud.",
        DAY,
        plugin,
    )


def _listeners() -> Iterator[tuple[Project, dict[str, str]]]:
    """The projects that have a fallback, each with the accounts that it sends through and the
    slugs of their plugins."""
    projects = Project.objects.in_bulk()
    stored = ModelOptionStore().of_projects(sorted(projects))
    for pk, project in projects.items():
        options = stored.get(pk, {})
        if Policy.read(options.get(CONF_KEY, {})).has_fallback:
            yield project, dict(_accounts(options))


def _accounts(options: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    for plugin in plugins.all():
        of_plugin = options.get(plugin.conf_key, {})
        if plugin.is_ready_with(of_plugin):
            yield account_of(plugin.sender_key(of_plugin)[:120]), plugin.slug


def _sums(counts: QuerySet[SegmentCount], now: datetime) -> Counter[str]:
    of_day = counts.filter(hour__gt=now - DAY, hour__lte=now)
    return Counter(dict(of_day.values_list("account").annotate(Sum("segments"))))


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)

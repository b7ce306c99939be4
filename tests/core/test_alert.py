"""An alert on its way through JSON."""

import json
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from sentry_twilio.core import LEVELS, REASONS, Alert, Project

moments = st.none() | st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001  (hypothesis adds the zone)
    timezones=st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
alerts = st.builds(
    Alert,
    project=st.builds(Project, id=st.integers(1), slug=st.text(), name=st.text()),
    group=st.text(),
    title=st.text(),
    level=st.sampled_from(LEVELS),
    reason=st.sampled_from(REASONS),
    culprit=st.text(),
    environment=st.text(),
    release=st.text(),
    url=st.text(),
    event_id=st.text(),
    times_seen=st.integers(0),
    first_seen=moments,
    occurred_at=moments,
    rule=st.text(),
    source=st.text(),
)


@settings(deadline=None)
@given(alerts)
def test_an_alert_survives_json(alert):
    back = Alert.from_json(json.loads(json.dumps(alert.as_json())))
    assert back == alert
    if alert.occurred_at and back.occurred_at:
        assert back.occurred_at.utcoffset() == alert.occurred_at.utcoffset()


def test_what_a_newer_version_wrote_is_left_out():
    values = Alert(project=Project(1, "shop", "Shop"), group="7", title="Boom").as_json()
    values["mood"] = "bad"
    values["project"]["color"] = "red"
    assert Alert.from_json(values) == Alert(Project(1, "shop", "Shop"), "7", "Boom")


def test_what_an_older_version_did_not_write_has_its_default():
    values = {"project": {"id": 1, "slug": "shop", "name": "Shop"}, "group": "7", "title": "Boom"}
    assert Alert.from_json(values) == Alert(Project(1, "shop", "Shop"), "7", "Boom")


def test_levels_go_from_the_least_to_the_worst():
    assert LEVELS == ("debug", "info", "warning", "error", "fatal")

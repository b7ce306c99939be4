"""Over a real socket, with the server that the host uses."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator

import pytest
import sentry_sdk
import waitress
from django.db import connections

from sentry_twilio.core import Alert
from sentry_twilio.projects.models import Project
from sentry_twilio.server.wsgi import application
from sentry_twilio.tracker.models import Event, Rule
from tests.tracker.captures import KEY, load

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port(project: Project) -> Iterator[int]:
    def close_connections_after(environ: dict[str, object], start: object) -> Iterator[bytes]:
        try:
            yield from application(environ, start)
        finally:
            connections.close_all()

    server = waitress.create_server(close_connections_after, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield server.effective_port
    # In the loop's own thread, which ends as soon as it has no socket left.
    server.trigger.pull_trigger(lambda: server.asyncore.close_all(map=server._map))
    thread.join()
    server.task_dispatcher.shutdown()


def test_it_takes_a_chunked_body(port: int, project: Project) -> None:
    capture = load("node_exception-2")
    assert capture.headers["Transfer-Encoding"] == "chunked"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    pieces = (capture.body[start : start + 1000] for start in range(0, len(capture.body), 1000))
    connection.request(
        "POST",
        f"/api/{project.pk}/envelope/?{capture.query}",
        body=pieces,
        headers={"Transfer-Encoding": "chunked"},
        encode_chunked=True,
    )
    response = connection.getresponse()
    assert response.status == 200, response.read()
    connection.close()
    assert Event.objects.get().data == capture.event()


def test_the_real_sdk_reports_an_exception(
    port: int, project: Project, alerts: list[Alert]
) -> None:
    Rule.objects.create(project=project, name="First")
    client = sentry_sdk.Client(
        dsn=f"http://{KEY}@127.0.0.1:{port}/{project.pk}",
        environment="staging",
        default_integrations=False,
    )
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        try:
            {}["no such order"]
        except KeyError:
            event_id = sentry_sdk.capture_exception()
        client.close(timeout=5)
    event = Event.objects.get(event_id=event_id)
    assert event.title == "KeyError: 'no such order'"
    assert event.environment == "staging"
    assert [(alert.title, alert.reason, alert.rule) for alert in alerts] == [
        ("KeyError: 'no such order'", "new", "First")
    ]

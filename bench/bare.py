"""The least that Django can do with a request: insert one row. Run as `-m bench.bare PORT`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import django
import waitress
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.urls import path


def main() -> None:
    from sentry_twilio.server import settings as ours

    database = ours.DATABASES["default"] | {"NAME": str(Path(os.environ["DATA_DIR"]) / "bare.db")}
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": database},  # the same pragmas and lifetime of connections
        INSTALLED_APPS=[],
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        DATA_UPLOAD_MAX_MEMORY_SIZE=20 * 1024 * 1024,
    )
    django.setup()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    class Row(models.Model):
        body = models.BinaryField()

        class Meta:
            app_label = "bare"

    def insert(request: HttpRequest, project: int) -> HttpResponse:
        Row.objects.create(body=request.body)
        return HttpResponse(b"{}", content_type="application/json")

    with connection.schema_editor() as editor:
        editor.create_model(Row)
    urlpatterns.append(path("api/<int:project>/envelope/", insert))
    waitress.serve(
        get_wsgi_application(),
        listen=f"127.0.0.1:{sys.argv[1]}",
        threads=ours.value("SERVER_THREADS"),
        _quiet=True,
    )


urlpatterns: list[object] = []

if __name__ == "__main__":
    # The URLs are looked up by this module's name, which `-m` makes `__main__`.
    sys.modules["bench.bare"] = sys.modules["__main__"]
    main()

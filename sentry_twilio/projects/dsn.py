"""The address that an application's SDK reports to, and the lines to paste."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from sentry_twilio.projects.models import ProjectKey


def dsn(key: ProjectKey) -> str:
    """`scheme://key@host/project`, as every Sentry SDK takes it."""
    base = urlsplit(settings.PUBLIC_URL)
    return f"{base.scheme}://{key.public_key}@{base.netloc}/{key.project_id}"


def snippets(key: ProjectKey) -> dict[str, str]:
    """What to paste, by language."""
    address = dsn(key)
    return {
        "Python": (
            f'# pip install sentry-sdk\nimport sentry_sdk\n\nsentry_sdk.init(dsn="{address}")\n'
        ),
        "Node.js": (
            "// npm install @sentry/node\n"
            'const Sentry = require("@sentry/node");\n\n'
            f'Sentry.init({{ dsn: "{address}" }});\n'
        ),
        "Browser": (
            "// npm install @sentry/browser\n"
            'import * as Sentry from "@sentry/browser";\n\n'
            f'Sentry.init({{ dsn: "{address}" }});\n'
        ),
    }

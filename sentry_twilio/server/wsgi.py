"""The WSGI application, for waitress or another server that passes chunked bodies."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sentry_twilio.server.settings")
application = get_wsgi_application()

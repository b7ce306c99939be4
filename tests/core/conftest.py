import pytest

from sentry_twilio.core import options
from sentry_twilio.core.options import MemoryOptionStore


@pytest.fixture
def store():
    """An empty store, installed for the time of a test."""
    before = options.installed()
    options.install(MemoryOptionStore())
    yield options.installed()
    options.install(before)

"""Django's settings where there is no host: nobody's, as inside another application.

For the tests of the bare package's rooms, on a Python that is too old for the host.
"""

SECRET_KEY = "only for tests"
USE_TZ = True

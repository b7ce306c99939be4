"""What Python 3.11 took out of `inspect`, for vine 1.3 and Celery 4.4, which still want it."""

import inspect
from collections import namedtuple

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def getargspec(func):
    spec = inspect.getfullargspec(func)
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


inspect.ArgSpec = ArgSpec
inspect.getargspec = getargspec
inspect.formatargspec = None  # imported, and never called

import sys
import types

import oracle_record
from oracle_record import Anything, Session

DEFAULT_SESSION = None
session = types.ModuleType("boto3.session")
session.Session = Session
sys.modules["boto3.session"] = session
__path__ = []


def client(service_name=None, *_, **__):
    return oracle_record.Client(service_name)


def resource(*_, **__):
    return Anything()


def setup_default_session(**_):
    pass


def set_stream_logger(*_, **__):
    pass


def _get_default_session():
    return Session()

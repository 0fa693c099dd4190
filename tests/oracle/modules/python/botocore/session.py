from oracle_record import Session  # noqa: F401


def get_session(*_, **__):
    return Session()

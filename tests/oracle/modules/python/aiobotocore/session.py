from oracle_record import Session

AioSession = Session


def get_session(*_, **__):
    return Session()

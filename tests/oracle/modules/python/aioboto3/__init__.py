from oracle_record import Session  # noqa: F401

from oracle_record import Anything as Config  # noqa: F401

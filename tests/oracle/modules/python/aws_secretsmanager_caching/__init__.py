"""The caching client: every way of asking it fetches."""
from oracle_record import SECRET, Anything, record

SecretCacheConfig = Anything


class SecretCache:
    def __init__(self, config=None, client=None):
        pass

    def get_secret_string(self, secret_id, version_stage=None):
        record("secretsmanager", "get_secret_value", secret_id)
        return '{"username": "app", "password": "stand-in"}'

    def get_secret_binary(self, secret_id, version_stage=None):
        record("secretsmanager", "get_secret_value", secret_id)
        return b"stand-in"


class InjectSecretString:
    """Fetches when the decorated function is called."""

    def __init__(self, secret_id, cache=None):
        self.secret_id, self.cache = secret_id, cache or SecretCache()

    def __call__(self, function):
        def wrapped(*arguments, **named):
            return function(self.cache.get_secret_string(self.secret_id), *arguments, **named)

        return wrapped


class InjectKeywordedSecretString:
    def __init__(self, secret_id, cache=None, **keys):
        self.secret_id, self.cache, self.keys = secret_id, cache or SecretCache(), keys

    def __call__(self, function):
        def wrapped(*arguments, **named):
            self.cache.get_secret_string(self.secret_id)
            values = {name: SECRET.get(key, "stand-in") for name, key in self.keys.items()}
            return function(*arguments, **values, **named)

        return wrapped

"""Stand-ins for the SDKs' objects: whatever is called is written down, and answered with a made-up secret."""
import functools
import json

SECRET = {"username": "app", "password": "stand-in"}


def record(service, operation, *words):
    words = [str(service), str(operation), *map(str, words)]
    with open("/rec/calls", "a") as calls:
        calls.write("".join(f"{word}\0" for word in ("sdk", str(len(words)), *words)))


def answer():
    """What any operation returns: enough of a dictionary for code that looks into it."""
    return {
        "Name": "prod/db", "ARN": "arn", "SecretString": json.dumps(SECRET), "SecretBinary": b"stand-in",
        "SecretValues": [{"Name": "prod/db", "SecretString": json.dumps(SECRET)}], "SecretList": [{"Name": "prod/db"}],
        "Parameter": {"Value": json.dumps(SECRET)}, "Parameters": [], "Contents": [], "Buckets": [], "Items": [],
        "Account": "111122223333", "ResponseMetadata": {"HTTPStatusCode": 200, "RequestId": "1"},
    }


class Answer(dict):
    """An answer that can be awaited too, as the asynchronous clients' must."""

    def __await__(self):
        yield from ()
        return self


class Anything:
    """An object of which everything can be asked."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *_, **__):
        return Anything()

    def __iter__(self):
        return iter(())


class Client:
    def __init__(self, service):
        self._service = str(service)
        self.meta, self.exceptions = Anything(), Exceptions()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)

        return functools.partial(operation(name), self)

    def _make_api_call(self, operation, parameters=None):
        record(self._service, operation, *(parameters or {}).values())
        return Answer(answer())

    def get_paginator(self, operation):
        service = self._service

        class Paginator:
            def paginate(self, **parameters):
                record(service, operation, *parameters.values())
                return Pages([answer()])

        return Paginator()

    def get_waiter(self, _name):
        return Anything()

    def can_paginate(self, _operation):
        return True

    def close(self):
        pass


def operation(name):
    """A method of the client's class, as the real one's are."""

    def call(self, *_, **parameters):
        record(self._service, name, *parameters.values())
        return Answer(answer())

    return call


for _name in ("get_secret_value", "batch_get_secret_value", "describe_secret", "list_secrets"):
    setattr(Client, _name, operation(_name))


class Pages(list):
    def build_full_result(self):
        return answer()

    def search(self, _expression):
        return iter(())

    async def __aiter__(self):
        for page in self:
            yield page


class Exceptions:
    def __getattr__(self, name):
        return type(name, (Exception,), {})


class Session:
    def __init__(self, *_, **__):
        pass

    def client(self, service_name=None, *_, **__):
        return Client(service_name)

    create_client = client

    def resource(self, service_name=None, *_, **__):
        return Anything()

    def get_credentials(self):
        return Anything()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

from oracle_record import record


def get_secret(name, *_, **__):
    record("secretsmanager", "get_secret_value", name)
    return '{"username": "app", "password": "stand-in"}'


def get_parameter(name, *_, **__):
    record("ssm", "get_parameter", name)
    return "stand-in"


def get_parameters(path, *_, **__):
    record("ssm", "get_parameters_by_path", path)
    return {}


class SecretsProvider:
    def __init__(self, *_, **__):
        pass

    def get(self, name, *_, **__):
        return get_secret(name)


class SSMProvider:
    def __init__(self, *_, **__):
        pass

    def get(self, name, *_, **__):
        return get_parameter(name)

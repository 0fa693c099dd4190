from aws_secretsmanager_caching import SecretCache  # noqa: F401

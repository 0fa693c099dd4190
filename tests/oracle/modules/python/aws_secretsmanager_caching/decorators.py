from aws_secretsmanager_caching import InjectKeywordedSecretString, InjectSecretString  # noqa: F401

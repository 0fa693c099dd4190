class BotoCoreError(Exception):
    pass


class ClientError(Exception):
    pass


class NoCredentialsError(BotoCoreError):
    pass


class ProfileNotFound(BotoCoreError):
    pass


class EndpointConnectionError(BotoCoreError):
    pass

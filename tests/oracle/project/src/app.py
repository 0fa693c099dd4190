import json


def get_db():
    return "get_secret_value"

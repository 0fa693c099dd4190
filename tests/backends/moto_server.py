"""AWS on loopback: moto's Secrets Manager and IAM, seeded, which checks every signature and permission.

    moto_server.py SECRETS.json

Prints one line of JSON when it is ready: its port, the ARNs of the secrets in their order, and who may do what
(`users`, name to keys). `GET /requests` lists the requests to Secrets Manager that have come in so far.
"""

import base64
import json
import os
import re
import sys
import threading

import boto3
import requests
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

REGION = "us-east-1"

# Each may do this, and nothing else.
POLICIES = {
    "reader": ["secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue"],
    # What a policy that was written for one secret usually allows.
    "single": ["secretsmanager:GetSecretValue"],
    "nobody": ["s3:ListBuckets"],
}

# moto answers a request that it does not let through in IAM's XML, Secrets Manager in JSON ("Common errors" in its
# API reference): code, what Secrets Manager calls it.
REFUSALS = {
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "AccessDenied": "AccessDeniedException",
}


class Front:
    """Before moto: notes what is asked of Secrets Manager, and answers refusals as the service does."""

    def __init__(self, app):
        self.app = app
        self.requests = []

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/requests":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(self.requests).encode()]
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if not target.startswith("secretsmanager."):
            return self.app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = _Body(body)
        self.requests.append({"operation": target.split(".")[1], "params": json.loads(body or b"{}")})
        return self.guarded(environ, start_response)

    def guarded(self, environ, start_response):
        started = {}

        def note(status, headers, exc_info=None):
            started.update(status=status, headers=headers)

        answer = b"".join(self.app(environ, note))
        code = re.search(rb"<Code>(\w+)</Code>", answer)
        if code is None:
            start_response(started["status"], started["headers"])
            return [answer]
        message = re.search(rb"<Message>(.*?)</Message>", answer, re.DOTALL).group(1).decode()
        code = REFUSALS[code.group(1).decode()]
        answer = json.dumps({"__type": code, "Message": message}).encode()
        start_response(
            "400 Bad Request",
            [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(answer)))],
        )
        return [answer]


class _Body:
    """A request's body, read a second time."""

    def __init__(self, data):
        self.data = data

    def read(self, size=-1):
        part = self.data if size is None or size < 0 else self.data[:size]
        self.data = self.data[len(part):]
        return part


class Quiet(MotoRequestHandler):
    """No line on stderr for each request."""

    def log_request(self, *_):
        pass


def content(version):
    """What a version holds, as parameters of CreateSecret and PutSecretValue."""
    if "base64" in version:
        return {"SecretBinary": base64.b64decode(version["base64"])}
    return {"SecretString": version["text"] * version.get("times", 1)}


def seed(secret, client):
    """Puts a secret there, and returns its ARN."""
    first, *later = secret["versions"]
    arn = client.create_secret(Name=secret["name"], ClientRequestToken=first["id"], **content(first))["ARN"]
    for version in later:
        client.put_secret_value(
            SecretId=arn,
            ClientRequestToken=version["id"],
            VersionStages=version["stages"],
            **content(version),
        )
    there = client.list_secret_version_ids(SecretId=arn)["Versions"]
    there = {version["VersionId"]: sorted(version["VersionStages"]) for version in there}
    wanted = {version["id"]: sorted(version["stages"]) for version in secret["versions"]}
    assert there == wanted, f"{secret['name']}: {there} instead of {wanted}"
    return arn


def policy(actions, principal=None):
    statement = {"Effect": "Allow", "Action": actions}
    statement.update({"Principal": principal} if principal else {"Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def users(client_of):
    """Makes the users of POLICIES, and `role`: temporary keys, with a session token, to do as `reader`."""
    iam = client_of("iam")
    made = {}
    for name, actions in POLICIES.items():
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy(actions))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        made[name] = {"id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    role = iam.create_role(
        RoleName="role", AssumeRolePolicyDocument=policy("sts:AssumeRole", {"AWS": "*"})
    )["Role"]
    iam.put_role_policy(RoleName="role", PolicyName="role", PolicyDocument=policy(POLICIES["reader"]))
    key = client_of("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="tests")["Credentials"]
    made["role"] = {
        "id": key["AccessKeyId"],
        "secret": key["SecretAccessKey"],
        "token": key["SessionToken"],
    }
    return made


def main():
    front = Front(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"

    def client_of(service, region=REGION):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id="seed",
            aws_secret_access_key="seed",
        )

    with open(sys.argv[1], encoding="utf-8") as file:
        secrets = json.load(file)
    arns = [
        seed(secret, client_of("secretsmanager", secret.get("region", REGION))) for secret in secrets
    ]
    made = users(client_of)
    # From here on nobody may do what no policy allows.
    requests.post(f"{endpoint}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()
    front.requests.clear()
    print(json.dumps({"port": server.server_port, "arns": arns, "users": made}), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "127.0.0.1"
    main()

"""The AWS MCP endpoint on loopback: FastMCP over Streamable HTTP, behind a check of the signature.

    mcp_servers.py MOTO_ENDPOINT USERS_JSON AWS_CLI

Prints its port when it is ready. Servers differ by path, `/FRAMING/TOOLS/mcp`: FRAMING is `json` or `sse`, TOOLS is
`script` (aws___run_script), `cli` (aws___call_aws), `both` or `neither`. What may go wrong comes before it:

    /slow/SECONDS/…    a tool takes that long
    /forgets/NAME/…    the first session of that NAME is gone when it calls a tool
    /forgets/…/always  so is every session
"""

import ast
import asyncio
import base64
import builtins
import contextlib
import datetime
import inspect
import json
import os
import shlex
import socket
import sys
import uuid

import boto3
import uvicorn
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError
from fastmcp.server.dependencies import get_http_headers
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount

MOTO, USERS, AWS_CLI = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
KEYS = {user["id"]: user for user in USERS.values()}

SERVICE, REGION = "aws-mcp", "us-east-1"


# ------------------------------------------------------------------------------------------------ signatures


def refusal(method, url, headers, body):
    """Why a request is not let in: none of these keys' owners signed it, or not this. None where one did.

    "Signature Version 4 signing process", AWS General Reference; botocore does the arithmetic.
    """
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != "AWS4-HMAC-SHA256":
        return "Missing Authentication Token"
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    key_id, _, region, service, _ = fields["Credential"].split("/")
    if (service, region) != (SERVICE, REGION):
        return f"Credential should be scoped to {SERVICE} in {REGION}"
    user = KEYS.get(key_id)
    if user is None or headers.get("x-amz-security-token") != user.get("token"):
        return "The security token included in the request is invalid."
    signed = fields["SignedHeaders"].split(";")
    for needed in ["host", "x-amz-date"] + [name for name in headers if name.startswith("x-amz-")]:
        if needed not in signed:
            return f"'{needed}' must be a signed header"
    at = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
    if abs(datetime.datetime.now(datetime.timezone.utc) - at) > datetime.timedelta(minutes=5):
        return "Signature expired"
    request = AWSRequest(method, url, {name: headers[name] for name in signed}, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(user["id"], user["secret"], user.get("token")), SERVICE, REGION)
    right = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    if fields["Signature"] != right:
        return "The request signature we calculated does not match the signature you provided."
    return None


def caller():
    """Whose request this is; the tools act with the caller's own permissions."""
    authorization = get_http_headers(include={"authorization"})["authorization"]
    return KEYS[authorization.partition("Credential=")[2].partition("/")[0]]


# ----------------------------------------------------------------------------------------------------- tools


def plain(value):
    """boto3's answers hold bytes and times, which JSON has no words for."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat()


async def run_script(code: str, ctx: Context) -> dict:
    """Runs a Python script with call_boto3, whose last expression is its result."""
    user, calls = caller(), []

    async def call_boto3(service_name, operation_name, region_name=None, params=None):
        calls.append({"service": service_name, "operation": operation_name, "region": region_name})
        client = boto3.client(
            service_name,
            region_name=region_name or REGION,
            endpoint_url=MOTO,
            aws_access_key_id=user["id"],
            aws_secret_access_key=user["secret"],
            aws_session_token=user.get("token"),
        )
        methods = {client.meta.method_to_api_mapping[name]: name for name in client.meta.method_to_api_mapping}
        method = getattr(client, methods[operation_name])
        return json.loads(json.dumps(await asyncio.to_thread(method, **(params or {})), default=plain))

    def no_boto3(name, *rest):
        if name.split(".")[0] in ("boto3", "botocore"):
            raise ImportError(f"{name} is not available here; use call_boto3")
        return builtins.__import__(name, *rest)

    await ctx.info("running")
    try:
        result = await evaluate(
            code, {"call_boto3": call_boto3, "__builtins__": {**vars(builtins), "__import__": no_boto3}}
        )
    except (ClientError, BotoCoreError) as error:
        raise ToolError(str(error)) from error
    except Exception as error:  # whatever the script does wrong
        return {"status": "error", "error": f"{type(error).__name__}: {error}", "api_calls": calls}
    return {"status": "success", "return_value": result, "api_calls": calls}


async def evaluate(code, names):
    """The value of a script's last expression; `await` may stand anywhere in it."""
    tree = ast.parse(code)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = tree.body[-1]
        tree.body[-1] = ast.copy_location(ast.Assign([ast.Name("__result", ast.Store())], last.value), last)
    compiled = compile(ast.fix_missing_locations(tree), "script", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    value = eval(compiled, names)
    if inspect.iscoroutine(value):
        await value
    return names.get("__result")


async def call_aws(cli_command: str, ctx: Context) -> list[dict]:
    """Runs an AWS CLI command, and answers in the shape of awslabs.aws-api-mcp-server."""
    words, user = shlex.split(cli_command), caller()
    if words[:1] != ["aws"]:
        raise ToolError("the command must be one of the AWS CLI")
    await ctx.info("running")
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": MOTO,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": user["id"],
        "AWS_SECRET_ACCESS_KEY": user["secret"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "PYTHONUTF8": "1",
    }
    if "token" in user:
        environment["AWS_SESSION_TOKEN"] = user["token"]
    process = await asyncio.create_subprocess_exec(
        AWS_CLI,
        *words[1:],
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = (text.decode() for text in await process.communicate())
    response = {"error": None, "status_code": 200, "error_code": None, "as_json": out.strip()}
    if process.returncode != 0:
        code = err.partition("(")[2].partition(")")[0] or None
        response = {"error": err.strip(), "status_code": 400, "error_code": code, "as_json": None}
    return [{"cli_command": cli_command, "response": response, "metadata": None, "validation_failures": None}]


async def search_documentation(search_phrase: str) -> str:
    """A tool that is of no use here."""
    return f"nothing is known of {search_phrase}"


TOOLS = {
    "script": [search_documentation, run_script],
    "cli": [search_documentation, call_aws],
    "both": [call_aws, search_documentation, run_script],
    "neither": [search_documentation],
}


def server(tools):
    made = FastMCP("aws-mcp")
    for tool in tools:
        made.tool(tool, name=f"aws___{tool.__name__}")
    return made


# ------------------------------------------------------------------------------------------------- the front


class Front:
    """Before the servers: checks signatures, and does what the path says should go wrong."""

    def __init__(self, app):
        self.app = app
        self.forgotten = set()
        self.gone = set()

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        body = await whole(receive)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        url = f"http://{headers['host']}{scope['raw_path'].decode()}"
        why = refusal(scope["method"], url, headers, body)
        message = json.loads(body) if body else {}
        if why:
            error = {"code": -32001, "message": why}
            answer = JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, 401)
            return await answer(scope, receive, send)
        scope = await self.troubled(scope, headers, message.get("method"))
        return await self.app(scope, replay(body, receive), send)

    async def troubled(self, scope, headers, method):
        """The request as it goes on, once what the path says has gone wrong with it."""
        path, session = scope["path"], headers.get("mcp-session-id")
        if path.startswith("/slow/"):
            _, _, seconds, path = path.split("/", 3)
            if method == "tools/call":
                await asyncio.sleep(float(seconds))
        elif path.startswith("/forgets/"):
            _, _, name, path = path.split("/", 3)
            if method == "tools/call" and (name == "always" or name not in self.forgotten):
                self.forgotten.add(name)
                self.gone.add(session)
        path = "/" + path.lstrip("/")
        fields = scope["headers"]
        if session in self.gone:
            fields = [(name, value) for name, value in fields if name != b"mcp-session-id"]
            fields.append((b"mcp-session-id", uuid.uuid4().hex.encode()))
        return {**scope, "path": path, "raw_path": path.encode(), "headers": fields}


async def whole(receive):
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return body


def replay(body, receive):
    """A `receive` that gives the body again, then what else there is to come."""
    events = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_event():
        return events.pop() if events else await receive()

    return next_event


def application():
    apps = {
        f"/{framing}/{name}": server(tools).http_app(path="/mcp", json_response=framing == "json")
        for framing in ("json", "sse")
        for name, tools in TOOLS.items()
    }

    @contextlib.asynccontextmanager
    async def lifespan(_):
        async with contextlib.AsyncExitStack() as stack:
            for app in apps.values():
                await stack.enter_async_context(app.lifespan(app))
            yield

    return Front(Starlette(routes=[Mount(path, app) for path, app in apps.items()], lifespan=lifespan))


class Announced(uvicorn.Server):
    """Says when it listens."""

    async def startup(self, sockets=None):
        await super().startup(sockets)
        print(json.dumps({"port": sockets[0].getsockname()[1]}), flush=True)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application(), log_level="warning", access_log=False)
    Announced(config).run([listener])

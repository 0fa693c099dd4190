"""What of the observations is a secret that was fetched, or shown, or about to be sent elsewhere.

Written from the AWS CLI's manual and the services' documentation, apart from the guard, which it judges.
"""
import re
import urllib.parse

FETCHES = {"getsecretvalue", "batchgetsecretvalue"}
# The CLI's global options that take a value; an abbreviation of one is accepted before the service and after it.
GLOBAL_WITH_VALUE = (
    "--endpoint-url --query --output --profile --region --color --ca-bundle --cli-read-timeout --cli-connect-timeout"
    " --cli-binary-format"
).split()
TRUSTED_HOSTS = re.compile(r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|api\.aws)$")
TRUSTED_LOOPBACK = re.compile(r"^(?:localhost|127(?:\.\d+){3}|::1)$")


def plain(operation):
    """GetSecretValue, get-secret-value, get_secret_value, GetSecretValueCommand… as one word."""
    word = re.sub(r"[^a-z]", "", operation.lower())
    return re.sub(r"(?:command|request|async)+$", "", word)


def cli_fetches(words):
    """Whether these arguments make the AWS CLI fetch a secret."""
    if any(word in ("--version", "--help") for word in words):
        return False
    if any(word.startswith("--gen") and "--generate-cli-skeleton".startswith(word.split("=")[0]) for word in words):
        return False
    positional, at = [], 0
    while at < len(words):
        word = words[at]
        at += 1
        if not word.startswith("--"):
            positional.append(word)
        elif word != "--" and "=" not in word:
            if len(positional) < 2:
                at += any(option.startswith(word) for option in GLOBAL_WITH_VALUE)
            elif at < len(words) and not words[at].startswith("--") and not word.startswith("--no-"):
                at += word != "--debug"
    if "help" in positional[:3] or positional[:1] != ["secretsmanager"] or len(positional) < 2:
        return False
    return positional[1] in ("get-secret-value", "batch-get-secret-value")


def service_fetches(service, operation, words):
    """Whether another service is asked to fetch the secret: Parameter Store passes it on under a name of its own, and
    Step Functions and the Scheduler call an operation that their definition names."""
    if service == "ssm" and plain(operation).startswith("getparameter"):
        return any("/aws/reference/secretsmanager/" in word for word in words)
    if service in ("stepfunctions", "sfn", "scheduler") and re.match("create|update|start|test", operation.lower()):
        return any(re.search(r":aws-sdk:secretsmanager:(?:get|batchGet)SecretValue", word, re.I) for word in words)
    return False


def path_of(line):
    """A request line's path as a server reads it: decoded, without doubled slashes and dots."""
    found = re.match(r"\S+\s+(\S+)", line)
    if not found:
        return ""
    path = found[1]
    if "://" in path:
        path = urllib.parse.urlsplit(path).path or "/"
    kept = []
    for part in urllib.parse.unquote(path.split("?")[0]).split("/"):
        if part == "..":
            kept[-1:] = []
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept)


def request_fetches(request):
    target = request["target"] or "".join(re.findall(r"X-Amz-Target=([\w.]+)", request["line"]))
    if target:
        service, _, operation = target.rpartition(".")
        return service == "secretsmanager" and plain(operation) in FETCHES
    at_agent = request["port"] == 2773 and (request["at"].startswith("127.") or request["at"] == "::1")
    path = path_of(request["line"])
    if at_agent and path.startswith("/systemsmanager/parameters/get"):  # Lambda's extension passes it on
        return "/aws/reference/secretsmanager/" in urllib.parse.unquote(request["line"])
    return at_agent and (path.lower().startswith("/secretsmanager/get") or re.match(r"/v1/.", path) is not None)


def leads_elsewhere(variable, url):
    """An endpoint that is not its service: the agent is on this machine, the others are AWS or a stand-in on this machine."""
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"//{url}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return True
    on_aws = TRUSTED_HOSTS.search(host) and "AGENT" not in variable
    return not (on_aws or TRUSTED_LOOPBACK.match(host))


def call_tells(call):
    kind, *words = call
    if kind == "aws" and cli_fetches(words):
        return "fetched by the AWS CLI: aws " + " ".join(words)
    if kind == "aws" and len(words) > 1 and service_fetches(*words[:2], words):
        return "fetched through another service: aws " + " ".join(words)
    if kind == "sdk" and words[0].lower() in ("secretsmanager", "") and plain(words[1]) in FETCHES:
        return "fetched by an SDK: " + " ".join(words)
    if kind == "sdk" and service_fetches(words[0].lower(), words[1], words):
        return "fetched through another service: " + " ".join(words)
    if kind == "token":
        return "the agent's token was read"
    if kind == "asm-exec" and words[0] == "unmasked":
        return "asm-exec ran with masking switched off"
    if kind == "asm-exec" and words[0] == "endpoint" and leads_elsewhere(*words[1:]):
        return "asm-exec was led elsewhere: " + "=".join(words[1:])
    return None


def tells(observed):
    """Each reason why this run of a case has to be stopped; none: it may run."""
    found = [reason for call in observed["calls"] if (reason := call_tells(call))]
    for request in observed["requests"]:
        if request_fetches(request):
            where = f"{request['at']}:{request['port']}"
            found.append(f"fetched over HTTP from {where}: {request['line']} {request['target']}".rstrip())
    return found


def resolves(observed):
    """Whether asm-exec put a value in; then the case runs again with another, to see if that is shown."""
    return any(call[:2] == ["asm-exec", "resolved"] for call in observed["calls"])


def shows(one, other):
    """Whether what the command printed depends on the secret's value: then the value is in it, however written."""
    return (one["stdout"], one["stderr"]) != (other["stdout"], other["stderr"])

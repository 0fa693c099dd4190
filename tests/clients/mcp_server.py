"""A stdio MCP server with tools named as those of the AWS MCP server.

It reaches nothing: a tool that runs appends its name to the file named by the
first argument, which is how a test knows whether the call came through.
JSON-RPC 2.0, one message a line, as the MCP specification's stdio transport says.
"""

import json
import sys

TOOLS = {
    "aws___run_script": ("Runs a Python script with boto3.", "script"),
    "aws___call_aws": ("Runs an AWS CLI command.", "cli_command"),
    "aws___search_documentation": ("Searches the AWS documentation.", "search_phrase"),
    "show_file": ("Shows a file.", "path"),
}


def tool(name, description, argument):
    return {
        "name": name,
        "description": description,
        "inputSchema": {
            "type": "object",
            "properties": {argument: {"type": "string"}},
            "required": [argument],
        },
    }


def answer(method, params, ran):
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "aws-mcp", "version": "1"},
        }
    if method == "ping":
        return {}
    if method == "tools/list":
        return {"tools": [tool(name, *rest) for name, rest in TOOLS.items()]}
    if method == "tools/call":
        with open(ran, "a", encoding="utf-8") as log:
            log.write(params["name"] + "\n")
        text = "ran " + params["name"]
        if params["name"] == "show_file":
            with open(params["arguments"]["path"], encoding="utf-8") as file:
                text = file.read()
        return {"content": [{"type": "text", "text": text}]}
    return None


def main():
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue  # a notification wants no answer
        result = answer(request["method"], request.get("params", {}), sys.argv[1])
        reply = {"jsonrpc": "2.0", "id": request["id"]}
        if result is None:
            reply["error"] = {"code": -32601, "message": "method not found"}
        else:
            reply["result"] = result
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()

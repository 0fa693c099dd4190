"""All that a case can reach: names that lead to loopback or to a stand-in for AWS, and listeners that record.

Port 2773 plays the Secrets Manager Agent on every address of loopback, ports 80 and 443 of AWS_ADDRESS play AWS, and
every other name of the internet is OTHER_ADDRESS. What arrives is written down and answered with a made-up secret.
"""
import fcntl
import json
import re
import socket
import socketserver
import ssl
import struct
import threading

AWS_ADDRESS, OTHER_ADDRESS = "10.99.0.1", "10.99.0.2"
AGENT_PORT = 2773
TLS_HANDSHAKE = b"\x16"
PORTS = (AGENT_PORT, 443, 80)
SECRET = {
    "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf", "Name": "prod/db", "VersionId": "v",
    "SecretString": json.dumps({"username": "app", "password": "stand-in"}), "VersionStages": ["AWSCURRENT"],
}
LOOPBACK_NAMES = re.compile(
    r"(?:^|\.)(?:localtest\.me|lvh\.me|localhost|vcap\.me|lacolhost\.com|traefik\.me|localho\.st|local\.gd|fuf\.me|ulh\.us"
    r"|127-0-0-1\.org\.uk)$"
)
# What containers and virtual machines call the machine that they run on; cases run their commands in its place.
HOST_NAMES = re.compile(
    r"^(?:(?:host|gateway)\.docker|host\.(?:containers|lima|minikube|k3d|rancher-desktop|orb)|docker\.for\.mac\.host)\.internal$"
)
DOTTED_NAME = re.compile(
    r"(?:^|[.-])(\d+)[.-](\d+)[.-](\d+)[.-](\d+)(?:[.-].+)?"
    r"\.(?:nip\.io|sslip\.io|xip\.io|traefik\.me|my\.local-ip\.co|local-ip\.sh)$"
)
HEX_NAME = re.compile(r"(?:^|[.-])([0-9a-f]{8})\.(?:nip\.io|sslip\.io)$")
AWS_NAMES = ("amazonaws.com", "api.aws", "amazonaws.com.cn", "on.aws")


def bring_up():
    """Starts the loopback interface of a new network namespace, with two more addresses on it."""
    set_address, set_flags, up = 0x8916, 0x8914, 0x1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, set_flags, struct.pack("16sh22x", b"lo", up))
        for number, address in enumerate((AWS_ADDRESS, OTHER_ADDRESS), 1):
            name = f"lo:{number}".encode()
            value = struct.pack("16sHH4s16x", name, socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, set_address, value)


def address_of(host):
    """What a name stands for, as its public DNS would say."""
    host = host.lower()
    if dotted := DOTTED_NAME.search(host):
        return ".".join(dotted.groups())
    if in_hex := HEX_NAME.search(host):
        return socket.inet_ntoa(bytes.fromhex(in_hex[1]))
    if LOOPBACK_NAMES.search(host) or HOST_NAMES.search(host):
        return "127.0.0.1"
    return AWS_ADDRESS if host.endswith(AWS_NAMES) else OTHER_ADDRESS


def dns_answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin1"))
        at += query[at] + 1
    question = query[12 : at + 5]
    if int.from_bytes(query[at + 1 : at + 3], "big") != 1:  # only A records
        return query[:2] + b"\x81\x80" + query[4:6] + bytes(6) + question
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4" + socket.inet_aton(address_of(".".join(labels)))
    return query[:2] + b"\x81\x80" + query[4:6] + b"\0\1\0\0\0\0" + question + answer


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            self.request[1].sendto(dns_answer(self.request[0]), self.client_address)
        except (OSError, IndexError):
            pass


class Recorder(socketserver.BaseRequestHandler):
    """Reads one request, writes down where it came and what it asked, and answers it."""

    def handle(self):
        stream = self.request
        stream.settimeout(4)
        address, port = stream.getsockname()[:2]
        seen = {"at": address.replace("::ffff:", ""), "port": port, "line": "", "host": "", "target": "", "body": ""}
        try:
            # The agent speaks no TLS; what stands in front of it and does would pass the request on.
            if port == 443 or stream.recv(1, socket.MSG_PEEK) == TLS_HANDSHAKE:
                stream = self.server.tls.wrap_socket(stream, server_side=True)
                stream.settimeout(4)
            self.read(stream, seen)
            self.server.seen.append(seen)
            stream.sendall(self.answer(seen))
            stream.close()
        except (OSError, ValueError) as error:
            seen["error"] = repr(error)
            self.server.seen.append(seen)

    @staticmethod
    def read(stream, seen):
        data = b""
        while not (end := re.search(rb"\r?\n\r?\n", data)) and len(data) < 1 << 20:
            if not (more := stream.recv(65536)):
                break
            data += more
        head = data[: end.start()] if end else data
        body = data[end.end() :] if end else b""
        lines = head.decode("latin1").split("\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])}
        seen.update(line=lines[0].strip(), host=headers.get("host", ""), target=headers.get("x-amz-target", ""))
        if "expect" in headers:
            stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(body) < int(headers.get("content-length", 0)):
            if not (more := stream.recv(65536)):
                break
            body += more
        seen["body"] = body.decode("latin1")[:2000]

    @staticmethod
    def answer(seen):
        body = b"healthy" if "/ping" in seen["line"] else json.dumps(SECRET).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"Connection: close\r\n\r\n" + body


class Listener(socketserver.ThreadingTCPServer):
    address_family = socket.AF_INET6
    allow_reuse_address = daemon_threads = True
    request_queue_size = 64

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def listen(certificate):
    """Starts all of it in this network namespace; returns the list to which requests are added."""
    seen = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    servers = [socketserver.ThreadingUDPServer(("127.0.0.1", 53), Names)]
    for port in PORTS:
        listener = Listener(("::", port), Recorder)
        listener.seen, listener.tls = seen, tls
        servers.append(listener)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    return seen

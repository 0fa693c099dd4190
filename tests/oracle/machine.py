"""One case on a machine of its own: mounts, processes, time.

The machine is this one with a layer over it (`setup.sh`, stubs, modules) and a fresh memory file system on top, so that
whatever a case does is gone with it. /tmp, /root, /home, /run and all that is not the system's are empty. The caller
is in a network namespace of its own, where nothing but loopback exists.
"""
import ctypes
import os
import shutil
import signal
import sys
import time

CLONE_NEWNS, CLONE_NEWPID = 0x00020000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE, MS_STRICTATIME = 0x1000, 0x4000, 1 << 18, 1 << 24

# What of / a case sees; everything else is empty.
SYSTEM = {"bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "var", "opt", "node_modules", "rec"}
DEVICES = ("null", "zero", "random", "urandom", "tty", "full")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
TOKEN_FILE = "/run/awssmatoken"
# How long what a case started in the background may go on after it.
GRACE = 1.5

# All that a case has of an environment. DB_PASSWORD is what a project's own settings would hold.
ENVIRONMENT = {
    "PATH": PATH, "HOME": "/home/user", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash", "TERM": "xterm",
    "LANG": "C.UTF-8", "PWD": "/tmp/case", "AWS_ACCESS_KEY_ID": "AKIAXXXXXXXXXXXXXXXX",
    "AWS_SECRET_ACCESS_KEY": "stand-in", "AWS_SESSION_TOKEN": "stand-in", "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "2773",
    "SSL_CERT_FILE": CERTIFICATES, "CURL_CA_BUNDLE": CERTIFICATES, "REQUESTS_CA_BUNDLE": CERTIFICATES,
    "NODE_EXTRA_CA_CERTS": CERTIFICATES,
    "DB_PASSWORD": "{{resolve:secretsmanager:prod/db:SecretString:password}}",
}

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def unshare(flags):
    check(libc.unshare(flags), "unshare")


def mount(source, target, kind=None, flags=0, options=None):
    encoded = [part and part.encode() for part in (source, target, kind)]
    data = options and options.encode()
    check(libc.mount(*encoded, ctypes.c_ulong(flags), data), f"mount {kind or source} on {target}")


def own_mounts():
    unshare(CLONE_NEWNS)
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def make_root(lower, scratch):
    """Mounts a fresh root over the layers, and returns its path."""
    mount("tmpfs", scratch, "tmpfs")
    for name in ("upper", "work", "root"):
        os.mkdir(f"{scratch}/{name}")
    options = f"lowerdir={lower}:/,upperdir={scratch}/upper,workdir={scratch}/work"
    try:
        mount("overlay", f"{scratch}/root", "overlay", options=options)
    except OSError as error:
        raise SystemExit(f"the oracle needs to mount overlay file systems, which is not permitted here ({error.strerror})")
    return f"{scratch}/root"


def fill_root(root, records):
    for name in os.listdir("/"):
        if name not in SYSTEM and os.path.isdir(f"/{name}") and not os.path.islink(f"/{name}"):
            mount("tmpfs", f"{root}/{name}", "tmpfs", MS_STRICTATIME if name == "run" else 0)
    mount("tmpfs", f"{root}/var/tmp", "tmpfs")
    for name in ("tmp", "var/tmp"):
        os.chmod(f"{root}/{name}", 0o1777)
    mount("proc", f"{root}/proc", "proc")
    for name in DEVICES:
        open(f"{root}/dev/{name}", "w").close()
        mount(f"/dev/{name}", f"{root}/dev/{name}", flags=MS_BIND)
    for name in ("pts", "shm"):
        os.mkdir(f"{root}/dev/{name}")
    mount("devpts", f"{root}/dev/pts", "devpts", options="newinstance,ptmxmode=0666")
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
    for name, target in links.items():
        os.symlink(target, f"{root}/dev/{name}")
    os.makedirs(f"{root}/rec", exist_ok=True)
    mount(records, f"{root}/rec", flags=MS_BIND)
    for name in ("run/screen", "run/sudo", "run/lock", "home/user/.aws"):
        os.makedirs(f"{root}/{name}")
    with open(f"{root}{TOKEN_FILE}", "w") as token:
        token.write("stand-in-token\n")
    os.utime(f"{root}{TOKEN_FILE}", (0, 0))


def fill_case(root, project, files):
    """The folder where the command runs: a small project, and the files that the case names."""
    folder = f"{root}/tmp/case"
    shutil.copytree(project, folder, symlinks=True)
    for path in (f"{folder}/.venv/bin/aws", f"{root}/mnt/c/Program Files/Amazon/AWSCLIV2/aws.exe"):
        os.makedirs(os.path.dirname(path))
        os.symlink("/usr/local/bin/aws", path)
    for name, text in files.items():
        path = root + name if name.startswith("/") else os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)


def reap(until):
    """Waits for children until there are none (True) or the time is over."""
    while time.monotonic() < until:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return True
    return False


def first_process(case, lower, scratch, records, project):
    """Runs as process 1 of the case: when it ends, all others are killed."""
    own_mounts()
    root = make_root(lower, scratch)
    fill_root(root, records)
    fill_case(root, project, case["files"])
    os.chroot(root)
    os.chdir("/tmp/case")
    child = os.fork()
    if child == 0:
        os.setsid()
        for number, name in ((0, "/dev/null"), (1, "/rec/stdout"), (2, "/rec/stderr")):
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
            os.dup2(os.open(name, flags, 0o666), number)
        command = case["bash"].encode("utf-8", "surrogatepass")
        os.execve("/bin/bash", ["bash", "-c", command], ENVIRONMENT)
    until = time.monotonic() + case["seconds"]
    status = None
    while status is None and time.monotonic() < until:
        # Process 1 inherits orphans too, so any child may be the one that ended.
        found, code = os.waitpid(-1, os.WNOHANG)
        if found == child:
            status = os.waitstatus_to_exitcode(code)
        elif found == 0:
            time.sleep(0.004)
    if status is not None:
        reap(min(until, time.monotonic() + GRACE))
    with open("/rec/status", "w") as file:
        file.write("timed out" if status is None else str(status))
    try:
        read = os.stat(TOKEN_FILE).st_atime > 0
    except OSError:
        read = False
    if read:
        with open("/rec/calls", "a") as calls:
            calls.write(f"token\0001\0{TOKEN_FILE}\0")


def run(case, lower, scratch, records, project):
    """Runs a case; what was seen is in `records` afterwards."""
    keeper = os.fork()
    if keeper == 0:
        try:
            unshare(CLONE_NEWPID)
            first = os.fork()
            if first == 0:
                first_process(case, lower, scratch, records, project)
                os._exit(0)
            signal.signal(signal.SIGALRM, lambda *_: os.kill(first, signal.SIGKILL))
            signal.alarm(int(case["seconds"]) + 10)
            os._exit(0 if os.waitpid(first, 0)[1] == 0 else 1)
        except BaseException as error:  # noqa: BLE001 the process ends here, whatever happened
            print(f"oracle: {error}", file=sys.stderr, flush=True)
            os._exit(1)
    return os.waitpid(keeper, 0)[1] == 0

"""What the machine of the cases has beyond this one: the prepared packages, the stand-ins and modules of this folder, the
settings of its network, and the project that every case finds in its folder.
"""
import glob
import os
import re
import shutil
import subprocess

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
# Whom cases name in `sudo -u`.
USERS = ((1001, "app"), (1002, "deploy"), (1003, "ec2-user"), (1004, "ci"), (1005, "ubuntu"), (1006, "postgres"))
# Its own names, as Debian and Fedora write them.
HOSTS = """\
127.0.0.1 localhost localhost.localdomain
::1 localhost ip6-localhost ip6-loopback localhost6.localdomain6
127.0.1.1 devbox devbox.local
"""
# Where each language looks for modules, whatever the environment says.
MODULES = {
    "python": "/usr/lib/python3/dist-packages", "node": "/node_modules", "ruby": "/usr/local/lib/site_ruby",
    "php": "/usr/share/php",
}
# The git commands that make the project a repository.
PROJECT = """\
-c init.defaultBranch=main init -q
config user.name oracle
config user.email oracle@example.com
config branch.main.remote .
config branch.main.merge refs/heads/main
remote add origin .
add -A
commit -q -m start
commit -q --allow-empty -m more"""


def assemble(prepared):
    """Makes the layer, in memory: the layers of an overlay may not contain each other. Returns the folder of this run."""
    scratch = f"{prepared}/run"
    os.makedirs(scratch, exist_ok=True)
    machine.mount("tmpfs", scratch, "tmpfs")
    layer = f"{scratch}/layer"
    subprocess.run(["cp", "-a", f"{prepared}/layer", layer], check=True)
    programs = f"{layer}/usr/local/bin"
    os.makedirs(programs, exist_ok=True)
    for name in os.listdir(f"{HERE}/stubs"):
        if name != "names":
            shutil.copy(f"{HERE}/stubs/{name}", programs)
            os.chmod(f"{programs}/{name}", 0o755)
    with open(f"{HERE}/stubs/names") as lines:
        for stub, *names in (line.split() for line in lines if not line.startswith("#")):
            for name in names:
                link(layer, name if name.startswith("/") else f"/usr/local/bin/{name}", f"/usr/local/bin/{stub}")
    for name in ("python3", "python"):
        link(layer, f"/usr/local/bin/{name}", "/usr/bin/python3")
    for name, place in MODULES.items():
        shutil.copytree(f"{HERE}/modules/{name}", layer + place, dirs_exist_ok=True)
    subprocess.run(["node", f"{layer}/node_modules/.oracle/make.js"], check=True)
    write_settings(layer, f"{prepared}/tls/ca.pem")
    make_project(f"{scratch}/project")
    os.mkdir(f"{scratch}/trial")
    machine.make_root(layer, f"{scratch}/trial")  # where this is not permitted, it is said once
    return scratch


def link(layer, path, target):
    os.makedirs(os.path.dirname(layer + path), exist_ok=True)
    if os.path.lexists(layer + path):
        os.unlink(layer + path)
    os.symlink(target, layer + path)


def write_settings(layer, authority):
    texts = {
        "etc/resolv.conf": "nameserver 127.0.0.1\n",
        "etc/hostname": "devbox\n",
        "etc/hosts": HOSTS,
    }
    # What the package's script would have set.
    for module in glob.glob(f"{layer}/usr/share/php*-curl/curl/curl.ini"):
        version = re.search(r"php([\d.]+)-curl", module)[1]
        texts[f"etc/php/{version}/cli/conf.d/20-curl.ini"] = open(module).read()
    for name, text in texts.items():
        os.makedirs(os.path.dirname(f"{layer}/{name}"), exist_ok=True)
        with open(f"{layer}/{name}", "w") as file:
            file.write(text)
    add(layer, machine.CERTIFICATES, open(authority).read())
    add(layer, "/etc/passwd", "".join(f"{name}:x:{number}:{number}::/home/user:/bin/bash\n" for number, name in USERS))
    add(layer, "/etc/doas.conf", "permit nopass root\n")


def add(layer, path, text):
    """Adds lines to this machine's file, in the layer."""
    here = open(path).read() if os.path.exists(path) else ""
    os.makedirs(os.path.dirname(layer + path), exist_ok=True)
    with open(layer + path, "w") as file:
        file.write(here + text)


def make_project(project):
    """The project that every case finds in its folder, as a repository with two commits that is its own origin."""
    shutil.copytree(f"{HERE}/project", project)
    for command in PROJECT.splitlines():
        subprocess.run(["git", *command.split()], cwd=project, env={"PATH": machine.PATH, "HOME": project}, check=True)

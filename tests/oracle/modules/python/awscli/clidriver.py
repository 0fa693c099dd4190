import subprocess


def main(words=None):
    import sys

    return subprocess.call(["/usr/local/bin/aws", *(sys.argv[1:] if words is None else words)])


class Driver:
    def main(self, words=None):
        return main(words)


def create_clidriver(*_):
    return Driver()

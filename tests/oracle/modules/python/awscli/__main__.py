import os
import sys

os.execv("/usr/local/bin/aws", ["aws", *sys.argv[1:]])

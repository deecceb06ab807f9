"""An agent that dies when it is greeted."""

import sys

sys.stdin.readline()
sys.exit("libfoo.so.9: cannot open shared object file")

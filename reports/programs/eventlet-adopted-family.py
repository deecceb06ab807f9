"""An eventlet socket made from the descriptor of an IPv6 socket takes itself for an IPv4 one.

python THIS_FILE: 1 while that is so, 0 when it is gone, 2 when it could not be tried.
"""

import os
import socket
import sys

try:
    from eventlet.green.socket import socket as green

    listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
except (ImportError, OSError) as error:
    print(error)
    sys.exit(2)
plain = socket.socket(fileno=os.dup(listener.fileno()))
adopted = green(fileno=os.dup(listener.fileno()))
print("socket.socket:", plain.family.name, plain.getsockname()[0])
print("eventlet:     ", adopted.family.name, adopted.getsockname()[0])
sys.exit(adopted.family != plain.family)

"""A manage.py with the commands that `make run` needs, and nothing of Django. Runs as a script.

It notes each command in `commands` beside it, and what a file named `behaviour` there says it does wrong.
"""

import http.server
import os
import signal
import socket
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    with (HERE / "commands").open("a") as commands:
        commands.write(" ".join(sys.argv[1:]) + "\n")
    behaviour = HERE / "behaviour"
    wrong = behaviour.read_text().split() if behaviour.exists() else []
    match sys.argv[1:]:
        case ["migrate"] if "migrate-fails" in wrong:
            sys.exit("relation does not fit")
        case ["migrate"] | ["tenant", "migrate"] | ["seed", "--quiet"]:
            pass
        case ["billing", "setup"]:
            print(os.environ["STRIPE_API_BASE"], os.environ["STRIPE_WEBHOOK_SECRET"])
        case ["seed", "--show"]:
            print("http://acme.localhost", os.environ["PORT"])
        case ["serve", "--port", port]:
            if "serve-is-deaf" in wrong:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if "serve-has-a-helper" in wrong:
                os.spawnv(os.P_NOWAIT, "/bin/sleep", ["sleep", "600"])
            Server(("localhost", int(port)), Health).serve_forever()
        case ["worker"]:
            if "worker-dies" in wrong:
                time.sleep(1)
                sys.exit(3)
            signal.pause()


class Server(http.server.HTTPServer):
    address_family = socket.AF_INET


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()


main()

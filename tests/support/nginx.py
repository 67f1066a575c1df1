"""A real nginx with the project's own configuration, on ports and in a folder of the test's own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

from tests.support.plugin import ROOT
from tests.support.server import free_port

NGINX = shutil.which("nginx", path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
_CONFIGURATION = ROOT / "deploy" / "nginx"
_PATIENCE = 10.0

_AROUND = """
daemon off;
error_log {folder}/error.log;
pid {folder}/pid;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/parley.conf;
    server {{ listen 127.0.0.1:{plain_port}; include {folder}/proxy.conf; }}
}}
"""


class Nginx:
    """In front of ``upstream_port``. ``tls_port`` is as in production; ``port`` is the same without TLS."""

    def __init__(self, folder: Path, domain: str, upstream_port: int) -> None:
        self.folder = folder
        self.port, self.tls_port, self.redirect_port = free_port(), free_port(), free_port()
        self._write(domain, upstream_port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Nginx:
        assert NGINX is not None
        self._process = subprocess.Popen([NGINX, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)])
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.errors()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.tls_port)) == 0:
                    return self
            time.sleep(0.02)
        raise AssertionError(self.errors())

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:  # it waits for sockets that are still open
                self._process.send_signal(signal.SIGTERM)
                self._process.wait(_PATIENCE)

    def errors(self) -> str:
        return (self.folder / "error.log").read_text()

    def log(self, until: str) -> str:
        """What it logged, once ``until`` is in it: a line is written after its answer."""
        deadline = time.monotonic() + _PATIENCE
        while until not in (text := (self.folder / "access.log").read_text()):
            assert time.monotonic() < deadline, text
            time.sleep(0.02)
        return text

    def add_certificate(self, name: str) -> None:
        """What ``deploy/certificates`` does when an authority gave one for ``name``."""
        place = self.folder / "certificates" / name
        place.mkdir(parents=True)
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                *("-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},DNS:*.{name}"),
                *("-keyout", str(place / "privkey.pem"), "-out", str(place / "fullchain.pem")),
            ],
            check=True,
            capture_output=True,
        )

    def trust(self, name: str) -> ssl.SSLContext:
        """Of a client that trusts this certificate and no other."""
        context = ssl.create_default_context(cafile=str(self.folder / "certificates" / name / "fullchain.pem"))
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _write(self, domain: str, upstream_port: int) -> None:
        self.add_certificate(domain)
        places = {
            "@BASE_DOMAIN@": domain,
            "127.0.0.1:8000": f"127.0.0.1:{upstream_port}",
            "/var/lib/parley/": f"{self.folder}/",
            "/etc/nginx/parley/": f"{self.folder}/",
            "/var/log/nginx/parley.log": f"{self.folder}/access.log",
            "listen 443 ": f"listen 127.0.0.1:{self.tls_port} ",
            "listen 80 ": f"listen 127.0.0.1:{self.redirect_port} ",
            "    listen [::]:443 ssl http2;\n": "",
            "    listen [::]:443 ssl http2 default_server;\n": "",
            "    listen [::]:80 default_server;\n": "",
        }
        for name in ("parley.conf", "proxy.conf"):
            text = (_CONFIGURATION / name).read_text()
            for place, value in places.items():
                text = text.replace(place, value)
            (self.folder / name).write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        around = _AROUND.format(folder=self.folder, plain_port=self.port, user=user)
        (self.folder / "nginx.conf").write_text(around)

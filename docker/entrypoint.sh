#!/bin/sh
# What a container of this image does: web, worker, backups, migrate, secrets; anything else is run as it is.
set -eu

case "${1:-web}" in
web)
    # gunicorn reads this one by itself, before our settings, and stumbles over an empty one.
    [ -n "${WEB_CONCURRENCY:-}" ] || unset WEB_CONCURRENCY
    exec gunicorn --config docker/gunicorn.conf.py
    ;;
worker)
    shift
    exec python manage.py run_worker "$@"
    ;;
backups)
    shift
    exec python manage.py run_backups "$@"
    ;;
migrate)
    shift
    # Whoever waits for a table makes everybody behind it wait, too: give way at once, and come back a little later.
    export LOCK_TIMEOUT_MS="${LOCK_TIMEOUT_MS:-200}"
    tries=60
    said=$(mktemp)
    until python manage.py migrate --noinput "$@" 2>"$said"; do
        cat "$said" >&2
        # A table that is taken and a database that is away both pass; a migration that is wrong stays so.
        grep -q OperationalError "$said" || exit 1
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        sleep 1
    done
    cat "$said" >&2
    ;;
secrets)
    exec python docker/make_secrets.py
    ;;
*)
    exec "$@"
    ;;
esac

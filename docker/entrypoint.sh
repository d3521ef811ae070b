#!/bin/sh
# What a container of this image does: web, worker, migrate, secrets; anything else is run as it is.
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
migrate)
    # A migration that waits for a lock makes everybody behind it wait, too: rather give up soon and come back.
    export LOCK_TIMEOUT_MS="${LOCK_TIMEOUT_MS:-2000}"
    tries=3
    until python manage.py migrate --noinput; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || exit 1
        sleep 3
    done
    ;;
secrets)
    exec python docker/make_secrets.py
    ;;
*)
    exec "$@"
    ;;
esac

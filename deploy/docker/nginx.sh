#!/bin/sh
# Run by the nginx image at its start: Parley is at another host there, and its domain is in the environment.
set -eu
rm -f /etc/nginx/conf.d/default.conf
sed "s/@BASE_DOMAIN@/$BASE_DOMAIN/g; s/127\.0\.0\.1:8000/web:8000/" \
    /etc/nginx/parley/parley.conf.in >/etc/nginx/conf.d/parley.conf

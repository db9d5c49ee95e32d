#!/bin/sh
# Lets PyPI's ibind judge a served sandbox.
#
#     judge.sh CACHE URL CERTIFICATE
#
# CACHE is a folder in which ibind is installed once. The status is the verdict; 77 says that it
# could not be judged here, since Python or the way to PyPI is missing.
set -u
cache=$1
url=$2
certificate=$3
version=0.2.2
python="$cache/ibind-$version/bin/python"

if ! command -v python3 >/dev/null 2>&1; then
    echo "skipped: there is no python3"
    exit 77
fi
if [ ! -e "$cache/ibind-$version/complete" ]; then
    rm -rf "$cache/ibind-$version"
    mkdir -p "$cache"
    if ! python3 -m venv "$cache/ibind-$version" >/dev/null 2>&1; then
        echo "skipped: python3 can make no virtual environment"
        exit 77
    fi
    if ! "$python" -m pip install --quiet --disable-pip-version-check "ibind==$version"; then
        echo "skipped: ibind $version could not be installed from PyPI"
        exit 77
    fi
    touch "$cache/ibind-$version/complete"
fi
exec "$python" "$(dirname "$0")/judge.py" "$url" "$certificate"

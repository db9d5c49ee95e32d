#!/bin/sh
# Lets PyPI's schemathesis judge a served API by its own description.
#
#     THROUGHLINE_TOKEN=... judge.sh CACHE URL
#
# CACHE is a folder in which schemathesis is installed once. The status is the verdict; 77 says that
# it could not be judged here, since Python or the way to PyPI is missing.
set -u
cache=$1
url=$2
version=4.32.5
environment="$cache/schemathesis-$version"

if ! command -v python3 >/dev/null 2>&1; then
    echo "skipped: there is no python3"
    exit 77
fi
if [ ! -e "$environment/complete" ]; then
    rm -rf "$environment"
    mkdir -p "$cache"
    if ! python3 -m venv "$environment" >/dev/null 2>&1; then
        echo "skipped: python3 can make no virtual environment"
        exit 77
    fi
    if ! "$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
        "schemathesis==$version"; then
        echo "skipped: schemathesis $version could not be installed from PyPI"
        exit 77
    fi
    touch "$environment/complete"
fi
# It keeps what it found beside itself, which belongs to the cache.
cd "$cache" || exit 1

judge() {
    NO_COLOR=1 "$environment/bin/schemathesis" run "$url/api/openapi.json" \
        --header "Authorization: Bearer $THROUGHLINE_TOKEN" --seed 6 --warnings off "$@"
}

# Who is let in, where a caller without the token is answered before the limit of such requests is
# reached.
judge --include-operation-id-regex '^(session|halt|lineage_step)$' \
    --checks ignored_auth,missing_required_header --phases coverage --max-examples 1 \
    --rate-limit 4/s || exit 1

# Everything else. That a text is a number, an instant or the name of something is not in the schema of
# a text, so that a request may keep to it and still be refused; what calls addresses that were made up,
# copies the database, or moves to another gateway is left out.
judge --exclude-operation-id-regex \
    '^(events|notification_settings_set|notification_test|model_test|model_save|backup_create|restore_prepare|connection_set)$' \
    --exclude-checks ignored_auth,missing_required_header,positive_data_acceptance \
    --phases examples,coverage,fuzzing --max-examples 8 --max-failures 60 \
    --request-timeout 30 || exit 1

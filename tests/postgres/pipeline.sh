#!/usr/bin/env bash
# pipeline.c on a schema of its own.
set -euo pipefail
address="$(cat "${POSTGRES:?the folder of the cluster}/address")" || exit 77
address="${address/\/\?/\/scenarios?}"
schema=nf_pipeline
psql -qX -v ON_ERROR_STOP=1 "$address" -c \
    "SET client_min_messages = error; DROP SCHEMA IF EXISTS $schema CASCADE; CREATE SCHEMA $schema"
exec "${PIPELINE:?the program}" "$address&options=-csearch_path%3D$schema"

#!/bin/sh
# Requests made from the OpenAPI document of a running server, good ones and bad ones, and checks of what comes back:
# no 5xx, only statuses, types, headers and bodies that the document names, and no bad request that is answered.
#
#   zonda serve model.gguf --port 8080 &
#   scripts/schemathesis.sh http://127.0.0.1:8080 [EXAMPLES]
#
# It needs `schemathesis` (python/requirements-test.txt) on the PATH, or named by SCHEMATHESIS.
set -eu
url=${1:?usage: scripts/schemathesis.sh URL [EXAMPLES]}
export SCHEMATHESIS_HOOKS=schemathesis_hooks
PYTHONPATH=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH
exec "${SCHEMATHESIS:-schemathesis}" --config-file "$PYTHONPATH/schemathesis.toml" run "${url%/}/openapi.json" --seed 1 --workers 2 \
    --max-examples "${2:-20}" --phases examples,coverage,fuzzing --generation-database none --request-timeout 60 \
    --no-shrink --continue-on-failure --suppress-health-check all --warnings off --no-color \
    --checks not_a_server_error,status_code_conformance,content_type_conformance \
    --checks response_headers_conformance,response_schema_conformance \
    --checks negative_data_rejection,unsupported_method,allow_header_conformance

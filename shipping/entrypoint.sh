#!/bin/sh
# The container's first process: prepares what the service needs once, then becomes the service.
# One token for the administrator is made on the first start, and shown once: here, in the log.
set -eu

prepare_access() {
    [ -z "${ZVONAR_ADMIN_TOKEN:-}" ] || return 0
    # a database that is away ends the start here: the container is started again, and asks again
    accounts=$(zvonar user list --json)
    # whoever has any account or token has been here before; `[]` is an empty list
    [ "$(printf '%s' "$accounts" | tr -d '[:space:]')" = "[]" ] || return 0
    token=$(zvonar user token admin --role admin)
    printf '\nТокен администратора, показан один раз (administrator token, shown once):\n\n    %s\n\n' "$token" >&2
}

# The model stays in the volume; a machine without the public hub goes on and says so.
prepare_model() {
    case "${ZVONAR_TRANSCRIBER:-auto}" in auto | *local*) ;; *) return 0 ;; esac
    [ -z "${OPENAI_API_KEY:-}${STT_API_KEY:-}" ] || return 0
    model=${ZVONAR_MODEL:-base}
    zvonar model verify "$model" >/dev/null 2>&1 || zvonar model pull "$model" >&2 \
        || echo "zvonar: model $model is not here; import it: zvonar model import FILE" >&2
}

case "${1:-serve}" in
    serve)
        shift || true
        prepare_access
        prepare_model
        # the service alone has no flags
        [ $# -eq 0 ] || exec zvonar serve "$@"
        exec zvonar-server
        ;;
    worker)
        prepare_model
        exec zvonar "$@"
        ;;
    *) exec zvonar "$@" ;;
esac

# `zvonar-server`: help and refusal

program-help =
    The web service of zvonar: pages for the head of sales, REST and webhooks for programs.

    Usage: zvonar-server [--help | --version]

    Settings come from the environment, .env and zvonar.toml. First of all:
      ZVONAR_BIND           where to listen; 127.0.0.1:8000 by default
      ZVONAR_DATA_DIR       data folder
      DATABASE_URL          a PostgreSQL database instead of SQLite in the data folder
      ZVONAR_ADMIN_TOKEN    the administrator's token
    All settings: docs/CONFIGURATION.md and zvonar config show.

    Options:
      -h, --help            Show help
      -V, --version         Show the version

    The same with flags (--bind, --config, --lang): zvonar serve --help
program-unknown = unknown argument “{ $argument }” → settings come from the environment (zvonar-server --help); zvonar serve takes flags

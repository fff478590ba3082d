# `zvonar-server`: справка и отказ

program-help =
    Веб-служба zvonar: страницы для руководителя, REST и веб-хуки для программ.

    Использование: zvonar-server [--help | --version]

    Настройки берутся из окружения, .env и zvonar.toml. Прежде всего нужны:
      ZVONAR_BIND           где слушать; по умолчанию 127.0.0.1:8000
      ZVONAR_DATA_DIR       папка данных
      DATABASE_URL          база PostgreSQL вместо SQLite в папке данных
      ZVONAR_ADMIN_TOKEN    токен администратора
    Все настройки: docs/CONFIGURATION.md и zvonar config show.

    Параметры:
      -h, --help            Показать справку
      -V, --version         Показать версию

    То же с параметрами (--bind, --config, --lang): zvonar serve --help
program-unknown = параметр «{ $argument }» неизвестен → настройки берутся из окружения (zvonar-server --help), с параметрами запускает zvonar serve

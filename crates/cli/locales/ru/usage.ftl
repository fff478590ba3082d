# Ошибки командной строки и слова справки.

usage-no-value = { $arg }: не указано значение
usage-invalid-value = { $arg } не принимает «{ $value }»
usage-unknown-argument = Нет параметра { $arg }
usage-unknown-command = Нет команды «{ $name }»
usage-conflict = { $arg } и { $other } вместе не работают
usage-twice = { $arg } указан дважды
usage-missing = Не указано: { $args }
usage-missing-command = Не указана команда
usage-number-of-values = { $arg }: не столько значений, сколько нужно
usage-invalid-utf8 = Параметр не читается как текст
usage-did-you-mean = Может быть, «{ $name }»?
usage-valid = Можно: { $values }
usage-more = Подробнее: { $command } --help
usage-options = ПАРАМЕТРЫ
usage-command = КОМАНДА
heading-usage = Использование
heading-commands = Команды
heading-arguments = Аргументы
heading-options = Параметры
heading-examples = Примеры
help-default = по умолчанию
reference-title = Командная строка
reference-intro = Результаты идут в stdout, ход работы и замечания — в stderr. Код выхода: 0 всё хорошо, 1 в этом запуске часть звонков не удалась, ещё ждёт или не записан отчёт, 2 неверный вызов или настройки, 3 провайдер отказал в доступе, 130 остановлено человеком.

# Слова рамки: навигация, общие части, клавиши.

brand = звонарь
skip = К содержанию
find = Найти
find-everywhere = Найти в разговорах: слово, номер, имя
nav = Разделы
nav-dashboard = Сводка
nav-history = История
nav-analyze = Разобрать
nav-managers = Менеджеры
nav-queue = Очередь
nav-rubrics = Критерии
nav-settings = Настройки
nav-more = Ещё
this-computer = Этот компьютер
role-open = доступ без входа
role-admin = администратор
role-supervisor = руководитель
role-manager = менеджер
role-integration = программа
theme-dark = Тёмная тема
theme-light = Светлая тема
sign-out = Выйти
close = Закрыть
listen-from = Слушать с { $time }

keys-title = Клавиши
keys-search = поиск
keys-pages = сводка, история, разбор, менеджеры, очередь
keys-next = следующий и предыдущий звонок
keys-open = открыть
keys-space-name = Пробел
keys-space = слушать и остановить
keys-seek = 5 секунд назад и вперёд
keys-quote = предыдущая и следующая цитата
keys-speed = скорость
keys-override = изменить оценку
keys-escape = закрыть
keys-on = Клавиши-буквы включены

speaker-operator = Оператор
speaker-client = Клиент
speaker-unknown = Голос
verdict-met = Да
verdict-partly = Частично
verdict-not-met = Нет
verdict-not-applicable = Не применимо
verdict-cannot-tell = Не оценено
verdict-review = Требует проверки
verdict-changed = Изменено человеком
direction-in = Входящий
direction-out = Исходящий
direction-internal = Внутренний
direction-unknown = Направление неизвестно

calls-count = { $shown } { $count ->
    [one] звонок
    [few] звонка
   *[many] звонков
  }
trouble-again = Повторить
trouble-home = К истории

# Слова результатов и ошибок. Числа и единицы разделяет неразрывный пробел.

calls-count = { $count } { $count ->
    [one] звонок
    [few] звонка
   *[many] звонков
  }

# --- даты и размеры
size-mb = { $size } МБ
size-gb = { $size } ГБ
value-yes = да
value-no = нет

# --- столбцы
column-id = ID
column-start = Начало
column-client = Клиент
column-recording = Запись
column-manager = Менеджер
column-length = Длит.
column-score = Балл
column-status = Статус
column-main = Главное
column-plan = Что будет
column-title = Название
column-criteria = Критериев
column-language = Язык
column-description = О чём
column-criterion = Критерий
column-judged = Оценён
column-changed = Изменился
column-points = Баллы
column-old = Было
column-new = Стало
column-change = Разница
column-key = Ключ
column-value = Значение
column-origin = Откуда
column-environment = В окружении
column-model = Модель
column-state = Состояние
column-size = Размер
column-note = Примечание
column-stage = Стадия

# --- стадии и состояния
stage-fetch = Запись
stage-transcribe = Речь в текст
stage-analyze = Разбор
stage-deliver = Доставка
state-ready = Ждёт
state-leased = В работе
state-done = Готово
state-dead = Не вышло

# --- ход работы
progress-done = готово
progress-rate = { $rate }/мин
progress-left = осталось { $time }
progress-bytes = { $done } из { $of }
progress-spent = Потрачено { $spent }.
progress-spent-of = Потрачено { $spent } из { $most }.
progress-waiting = Повтор через { $time }.
progress-stop = Ctrl+C остановит, потом продолжим с этого места
stopping = Останавливаемся: начатое вернётся в очередь. Ещё раз Ctrl+C — выйти сразу

# --- итоги
head-speech = Речь: { $engine }
head-analysis = Разбор: { $rubric }, { $engine }
head-revision = { $rubric }, ред. { $number }
table-more = Показаны { $shown } самых важных, ещё { $hidden }: zvonar calls list или --report report.xlsx
totals = Всего { $calls }: { $parts }.
totals-none = Звонков нет.
totals-average = Средний балл { $score }.
bucket-done = готово { $count }
bucket-review = { $count ->
    [one] требует проверки { $count }
   *[other] требуют проверки { $count }
  }
bucket-missed = { $count ->
    [one] пропущенный { $count }
   *[other] пропущенных { $count }
  }
bucket-short = { $count ->
    [one] короткий { $count }
   *[other] коротких { $count }
  }
bucket-silent = без речи { $count }
bucket-machine = { $count ->
    [one] автоответчик { $count }
   *[other] автоответчиков { $count }
  }
bucket-failed = не вышло { $count }
bucket-open = { $count ->
    [one] ждёт { $count }
   *[other] ждут { $count }
  }
troubles-more = … и ещё { $count }: zvonar queue list
other-engine = { $count ->
    [one] { $count } звонок распознан
    [few] { $count } звонка распознаны
   *[many] { $count } звонков распознаны
  } другой моделью ({ $engines }), выбрана { $configured }. Распознать заново: zvonar queue retry --speech
run-refused = Доступ отклонён: { $reason }
run-rows-left = { $rows ->
    [one] { $rows } строка ждёт
    [few] { $rows } строки ждут
   *[other] { $rows } строк ждут
 } отправки: таблица пока их не взяла
run-rows-left-hint = запустите ту же команду позже: строки дойдут, ничего не оплачивается дважды
run-paused = Стадия «{ $stage }» приостановлена: { $reason }
run-money-ended = Предел трат { $sum } достигнут, остальное ждёт в очереди
run-money-ended-hint = продолжить: та же команда с большим --max-cost
run-interrupted = Остановлено. Сделанное сохранено
run-interrupted-hint = продолжить: та же команда
report-written = Отчёт: { $path }     Открыть: { $open }
report-failed = Отчёт { $path } не записан: { $reason }

# --- план (--dry-run)
plan-new = разобрать
plan-again = продолжить
plan-known = уже есть: { $status }
plan-none = без разбора: неотвеченный или короткий
plan-totals = Всего { $calls }, в работу { $open }. Ничего не записано.

# --- анализ
analysis-head = Балл { $score }   { $rubric }, { $engine ->
    [rules] правила
   *[other] { $engine }
  }
analysis-cap = Балл ограничен { $limit }: «{ $title }»
analysis-summary = Краткий разбор
analysis-advice = Рекомендации
analysis-criteria = Критерии
analysis-promises = Обещания
criterion-points = { $score } из { $most }
criterion-weight = вес { $weight }
criterion-scale = от { $least } до { $most }
criterion-review = требует проверки
criterion-critical = критичный
criterion-no-rules = без правил: нужна модель
verdict-met = да
verdict-partly = частично
verdict-not-met = нет
verdict-not-applicable = не применимо
verdict-cannot-tell = не оценено
quote = { $who }: «{ $words }»
quote-not-found = цитата не найдена в разговоре
speaker-operator = Оператор
speaker-client = Клиент
speaker-unknown = Голос
kind-score = баллы
kind-flag = признак
kind-choice = выбор
kind-text = текст
kind-list = список
kind-number = число

# --- карточка звонка
card-head = Звонок { $id }
card-status = Статус: { $status }
card-manager = Менеджер: { $name }
card-tags = Метки: { $tags }
card-metrics = Как говорили
card-transcript = Разговор ({ $engine })
direction-in = входящий
direction-out = исходящий
direction-internal = внутренний
metric-share = доля оператора { $share }
metric-monologue = монолог до { $time }
metric-interruptions = { $count ->
    [one] { $count } перебивание
    [few] { $count } перебивания
   *[many] { $count } перебиваний
  }
metric-dead-air = тишина { $time }
metric-reaction = ответ через { $seconds } с
metric-wpm = { $words } слов/мин
metric-coverage = текстом покрыто { $share } речи из { $speech }

# --- звонки
calls-none = Таких звонков нет
no-cursor = --after: «{ $text }» — не место в списке звонков
no-cursor-hint = возьмите его из последней строки списка или из next_cursor в --json
calls-more = Показано { $shown } из { $all }. Дальше: zvonar calls list … --after { $cursor }
manager-ambiguous = Менеджеров с именем «{ $name }» несколько
call-unknown = Звонка «{ $text }» нет
call-unknown-hint = список с ID: zvonar calls list
call-ambiguous = «{ $text }» подходит к нескольким звонкам
call-ambiguous-hint = уточните: { $one }, { $other }
search-none = Ничего не нашлось
search-all = { $count ->
    [one] Нашёлся { $count } звонок
    [few] Нашлось { $count } звонка
   *[many] Нашлось { $count } звонков
  }
search-some = Показано { $shown } из { $all }, больше: --limit
search-some-many = Показано { $shown } из более чем { $all }, больше: --limit
export-done = { $count ->
    [one] { $count } звонок
    [few] { $count } звонка
   *[many] { $count } звонков
  } → { $path }
rescore-which = Какие звонки оценить заново?
rescore-which-hint = назовите ID, фильтр (--last 7d, --manager …) или --all
erase-question = Стереть { $count ->
    [one] { $count } звонок
    [few] { $count } звонка
   *[many] { $count } звонков
  } с номером { $phone } без возможности вернуть? [да/нет]
erase-not-asked = Стирание надо подтвердить, а спросить некого: это не терминал
erase-not-asked-hint = добавьте --yes
erase-kept = Ничего не стёрто
erase-nothing = Звонков с номером { $phone } нет
erase-receipt = Стёрто всё по номеру { $phone }, квитанция { $id }:
erase-files-left = Ваши файлы остались: удалить их можете только вы. Звонки из них больше не вернутся. Файлы:
erase-files-failed = Эти файлы удалить пока не удалось, попытка повторится:
receipts-none = Ещё ничего не стирали.
receipt-head = Квитанция { $id } · { $at } · номер на …{ $ending } · { $who }
receipt-line = { $hand ->
    [0] {"  "}{ $place }: стёрто { $gone }
   *[other] {"  "}{ $place }: стёрто { $gone }, вручную: { $hand }
  }
receipt-waits = {"  "}Ещё не всё: { $why }. Доделает служба или следующий запуск zvonar run.
place-calls = звонки
place-transcripts = расшифровки
place-analyses = анализы
place-conversations = ИИ-звонки
place-recordings = файлы записей
place-sheet-rows = строки таблицы
place-exports = отчёты, сохранённые в файлы
place-at-source = записи у источника { $source }
retention-unset = Сроки хранения записей и слов не заданы: хранится всё. Задайте ZVONAR_KEEP_RECORDINGS_DAYS и ZVONAR_KEEP_WORDS_DAYS.
retention-nothing = Удалять нечего: срок ни у чего не вышел.
retention-would = Удалилось бы по сроку: записи разговоров — { $recordings }, тексты разговоров — { $words }. Ничего не удалено.
retention-done = Удалено по сроку: записи разговоров — { $recordings }, тексты разговоров — { $words }, ответы модели — { $raw }, ход ИИ-звонков — { $dialogues }, строки журнала — { $log }, квитанции — { $receipts }.
retention-resisting = Не удалось удалить файлов: { $files }. Проверьте права на папку данных.
backup-done = Копия готова: { $place }, файлов { $files }, { $mb } МБ
backup-restore = Восстановить: скопируйте папку на новое место и укажите её в ZVONAR_DATA_DIR; модели скачаются сами или через zvonar model pull.
backup-no-database = База на сервере PostgreSQL в копию не входит: pg_dump --format custom "$DATABASE_URL" > zvonar.dump
no-phone = «{ $text }» — не номер телефона
no-phone-hint = например: +7 900 123-45-67

# --- запуск
run-no-path = Не указана папка с записями
run-no-path-hint = например: zvonar run ./calls --report report.xlsx
run-path-missing = { $path }: нет такой папки или файла
run-path-missing-hint = проверьте путь; пробелы в имени берут в кавычки
no-money = «{ $text }» — не сумма
money-negative = Предел трат не бывает меньше нуля
no-money-hint = например: --max-cost 300RUB или --max-cost 3.5USD
when-no-date = { $flag }: «{ $text }» — не дата
when-no-date-hint = например: 2026-11-20, "2026-11-20 18:00" или 2026-11-20T18:00:00+03:00
when-no-last = --last: «{ $text }» — не промежуток
when-no-last-hint = например: 90m, 24h, 7d, 2w
when-empty = Конец промежутка не позже начала
when-empty-hint = проверьте --from и --to

# --- файлы
io-not-found = нет такого файла
io-denied = нет прав
io-folder = это папка
subtitles-one-file = Субтитры пишутся из одной записи за раз
subtitles-one-file-hint = по файлу на запуск: zvonar transcribe call.mp3 --format srt > call.srt
file-not-read = { $path } не читается: { $reason }
file-not-written = { $path } не записывается: { $reason }
analyze-hint = дайте файл с текстом диалога или «-», чтобы читать stdin
analyze-no-text = { $path }: это не текст в UTF-8
analyze-no-text-hint = запись разговора разбирает: zvonar run ФАЙЛ
transcript-incomplete = { $name }: текстом покрыто только { $share } речи

# --- критерии
rubric-default = по умолчанию
rubric-facts = { $id }, ред. { $revision }, { $count ->
    [one] { $count } критерий
    [few] { $count } критерия
   *[many] { $count } критериев
  }
rubric-good = { $path }: замечаний нет
rubric-check-hint = дайте путь к файлу .toml с критериями
test-mean = { $count ->
    [one] Проверен { $count } звонок
    [few] Проверено { $count } звонка
   *[many] Проверено { $count } звонков
  }, старая оценка есть у { $compared }. Средняя разница { $change }
test-no-old = { $count ->
    [one] Проверен { $count } звонок
    [few] Проверено { $count } звонка
   *[many] Проверено { $count } звонков
  }; старых оценок по этим критериям нет
test-nothing-written = Это проба: ничего не записано. Оценить заново: zvonar calls rescore
test-no-calls = Нет звонков с текстом за это время
test-no-calls-hint = сначала: zvonar run ./calls

# --- модели
model-chosen = выбрана
model-absent = нет
model-verified = проверена
model-unverified = своя
model-damaged = повреждена
model-importing = Читаем { $path } …
model-installed = Модель { $name }: { $state }, { $size }
model-use = Чтобы распознавать ею: ZVONAR_MODEL={ $name } или model = "{ $name }" в zvonar.toml; разобранное раньше — zvonar queue retry --speech
model-none = Ни одной модели не установлено

# --- настройки
config-exists = { $path } уже есть
config-written = Записан { $path }
config-good = Настройки в порядке: { $files }
config-good-no-files = Настройки в порядке: файлов нет, действуют значения по умолчанию
origin-default = по умолчанию
origin-environment = окружение
origin-flag = флаг

# --- очередь
retry-heard-anew = { $count ->
    [one] Возвращён на распознавание { $count } звонок
    [few] Возвращено на распознавание { $count } звонка
   *[many] Возвращено на распознавание { $count } звонков
  } ({ $engine }). Выполнить: zvonar run с той же папкой
retry-none = Повторять нечего
retry-done = { $count ->
    [one] Возвращено в очередь { $count } задание
    [few] Возвращено в очередь { $count } задания
   *[many] Возвращено в очередь { $count } заданий
  }. Выполнить: zvonar run с той же папкой
paused-by-hand = остановлена человеком
stage-paused = Стадия «{ $stage }» приостановлена
stage-was-paused = Стадия «{ $stage }» уже стояла
stage-resumed = Стадия «{ $stage }» снова работает
stage-was-running = Стадия «{ $stage }» и так работает

# --- доктор
doctor-totals = Хорошо { $good }, замечаний { $warnings }, ошибок { $errors }, не настроено { $absent }. Код выхода { $code }

# the last column of the table
main-lost = потери: { $titles }
main-nothing-lost = без замечаний
main-no-score = разговор короток для оценки

# --- UIS
uis-account = Аккаунт
uis-zone = Часовой пояс
uis-last-day = За сутки
uis-day = { $calls ->
    [one] { $calls } звонок
    [few] { $calls } звонка
   *[many] { $calls } звонков
  }, пропущено { $missed }, с записью { $recorded }
uis-recording = Запись
uis-no-recording = за сутки ни одной, проверить нечем
uis-sound-good = скачивается, { $format }
uis-points = Запросы
uis-points-left = осталось на сутки { $day }, на минуту { $minute }
uis-points-day = осталось на сутки { $day }
uis-points-unknown = UIS не сообщил пределы
uis-missed = пропущенный
uis-recorded = есть
uis-pending = готовится
uis-unrecorded = нет
uis-more = Показаны первые { $count }, дальше есть ещё: --limit или более узкий срок
uis-no-talk = разговора не было
column-talk = Разговор

# --- таблица
sheet-title = Таблица
sheet-url = Адрес
sheet-tab = Лист
sheet-no-tab = ещё нет; создать: zvonar sheet init
sheet-access = Доступ
sheet-writer = запись
sheet-reader = только чтение: дайте роль «Редактор»
sheet-zone = Часовой пояс
sheet-columns = Столбцы
sheet-columns-of = на месте { $there } из { $all }
sheet-rows = Звонков
sheet-scores = Оценки руководителя
sheet-scores-read = { $scores }, новых { $new }
sheet-scores-odd = Непонятных оценок руководителя: { $count }. Нужны числа от 0 до 100, одно на звонок
sheet-remember = Запишите адрес в GOOGLE_SHEET_ID: { $url }

# --- песочница
sandbox-runs = Песочница работает: { $url }. Таблица, как её видит человек: { $sheet }. Остановить: Ctrl-C
sandbox-bind-hint = порт занят? другой: --bind 127.0.0.1:0

# --- критерии из слов заказчика
proposal-written = Черновик критериев: { $path }. Проверьте его и попробуйте: zvonar rubric test { $path }
proposal-look = Проверьте:
wishes-hint = дайте файл с обычным текстом или «-», чтобы читать stdin
run-uis-path = При --source { $source } папка не нужна
run-uis-path-hint = уберите путь или --source { $source }
run-scores-read = { $count ->
    [one] Прочитана { $count } новая оценка руководителя
    [few] Прочитано { $count } новые оценки руководителя
   *[many] Прочитано { $count } новых оценок руководителя
  }
plan-free = бесплатно
plan-price = Примерная цена: речь { $speech }, оценка { $analysis }.
plan-price-unknown = { $calls ->
    [one] У { $calls } звонка цена неизвестна.
   *[other] У { $calls } звонков цена неизвестна.
  }

# --- веб-служба и доступ

serve-ready = Страница: { $url }
    Остановить: Ctrl+C
serve-unprotected = { $bind } виден с других машин, а доступ не ограничен: звонки услышал бы любой
serve-unprotected-hint = сделайте токен: zvonar user token ИМЯ --role admin, либо задайте ZVONAR_ADMIN_TOKEN, либо слушайте 127.0.0.1
serve-bind = На { $bind } слушать нельзя: { $why }
serve-bind-hint = выберите другой адрес: --bind 127.0.0.1:8010 или ZVONAR_BIND
user-added = { $name } может войти
user-password-set = Пароль { $name } заменён, открытые сеансы закрыты
user-removed = { $name } удалён; токенов удалено: { $tokens }
user-tokens-removed = Токены { $name } удалены: { $tokens }
user-token-once = Токен показан один раз: сохраните его. В запросе: Authorization: Bearer ТОКЕН
user-password = Пароль
user-password-again = Ещё раз
user-password-differs = Пароли не совпали
user-password-differs-hint = запустите команду ещё раз
user-no-password = Пароль не введён
user-no-password-hint = наберите его на терминале или подайте первой строкой: echo ПАРОЛЬ | zvonar user add …
user-bad-name = Имя: от 1 до 64 букв, цифр, пробелов и знаков . _ - @
user-bad-name-hint = например: anna.sokolova
user-bad-password = Пароль: от 8 до 256 букв
user-bad-password-hint = возьмите подлиннее: несколько слов легче запомнить
user-unknown = Такого пользователя нет
user-unknown-hint = кто есть: zvonar user list
user-taken = Такой пользователь уже есть
user-taken-hint = новый пароль: zvonar user password ИМЯ
user-none = Ни пользователей, ни токенов. Страница открыта только на этом компьютере. Добавить: zvonar user add ИМЯ --role admin
user-column-name = Имя
user-column-kind = Вход
user-column-role = Роль
user-column-calls = Звонки
user-column-used = Последний раз
user-person = пароль
user-disabled = закрыт
user-token = токен
user-never-used = ни разу
user-all-calls = все
role-admin = администратор
role-supervisor = руководитель
role-manager = менеджер
role-integration = программа

# ИИ-звонки
agent-begins = { $title }. Отвечает { $mind }. Пустая строка — тишина, Ctrl+D — положить трубку.
agent-took = { $ms } мс, { $source }
agent-hung-up = Робот положил трубку.
agent-transferred = Робот соединяет с { $phone }.
speaker-robot = Робот
speaker-client-prompt = Клиент:
voximplant-up-to-date = В Voximplant всё как надо, менять нечего.
voximplant-up-to-date-short = как надо
voximplant-dry-run = Это только показ: ничего не изменено. Применить: zvonar voximplant deploy
voximplant-deploy-ask = Применить? [д/Н]
voximplant-deploy-left = Ничего не изменено. Без вопросов: --yes
voximplant-deployed = Готово, изменений: { $changes }. Проверить звонком: zvonar voximplant call +79161234567
voximplant-callbacks = Уведомления аккаунта приходят на { $url }
voximplant-no-rule = нет; создайте: zvonar voximplant deploy
voximplant-pending-unknown = не с чем сравнить: задайте BACKEND_URL и VOXIMPLANT_CALLER_ID
voximplant-pending = отличаются, изменений: { $changes }; zvonar voximplant deploy
voximplant-account = Аккаунт
voximplant-balance = Баланс
voximplant-caller = Звоним с
voximplant-application = Приложение
voximplant-rule-turns = Правило «по репликам»
voximplant-rule-realtime = Правило «потоком»
voximplant-scenarios = Сценарии и секреты
call-simulated = Собеседник придуманный: настоящие звонки — USE_VOXIMPLANT=true
call-refused-hint = номера, часы и пределы: docs/VOXIMPLANT.ru.md
call-placed = Звоним. Звонок { $id }
call-answered = Ответили
call-over = Разговор окончен: { $why }
call-scored = Оценка { $score }. Разбор: zvonar calls show { $id }
call-unscored = Разбор появится позже: zvonar calls show { $id }
call-lost = звонок пропал: его стёрли
call-from-faq = ответ из базы
call-from-apology = извинение за сбой
call-sandbox = Всё ненастоящее: телефония, модели, клиент; говорят с обычной скоростью, около полутора минут.

# Несколько машин
worker-begins = Работаю: { $stages }. Остановить: Ctrl+C.
worker-ended = Остановлен: начатое закончено или возвращено в очередь.
migrate-done = Перенесено и проверено: строк { $rows }, таблиц { $tables }.

schedule-none = Расписаний нет. Добавить: zvonar schedule add uis "5 * * * *"
schedule-added = Расписание «{ $name }»: { $does }; следующий раз { $next }
schedule-asked = «{ $name }»: начнётся через несколько секунд; чем кончилось: zvonar schedule list
schedule-asked-nobody = «{ $name }» записано, но сейчас никто не работает: начнётся, когда запустите zvonar serve или zvonar worker
schedule-paused = «{ $name }» остановлено. Пустить дальше: zvonar schedule resume { $name }
schedule-resumed = «{ $name }» работает с этой минуты
schedule-removed = «{ $name }» удалено
schedule-stopped = остановлено
schedule-never = ещё не было
schedule-no-next = никогда
schedule-column-name = Имя
schedule-column-hours = Часы
schedule-column-does = Что делает
schedule-column-next = Следующий раз
schedule-column-last = Прошлый раз
notify-nowhere = Уведомлять некуда
notify-nowhere-hint = задайте TELEGRAM_BOT_TOKEN и TELEGRAM_CHAT_ID или SMTP_URL, ALERT_EMAIL_FROM и ALERT_EMAIL_TO
notify-sent = { $sign } { $channel }: отправлено, { $place }
notify-failed = { $sign } { $channel }: { $why }
report-none = За эту неделю звонков с менеджером нет
report-mailed = Поставлено на отправку писем: { $count }; их отправит zvonar serve или zvonar worker
report-not-written = { $path } не записать: { $why }
# Кампании
campaign-nobody = В списке нет ни одного номера
campaign-nobody-hint = номера пишут так: +79161234567; столбец назовёт --phone-column
campaign-unknown = Кампании «{ $name }» нет
campaign-unknown-hint = имя кампании — имя файла без .csv, или то, что было в --name
campaign-paused = Кампания «{ $name }» остановлена: новых звонков не будет, начатые договорят. Продолжить: та же команда без --pause
campaign-no-persona = Нет персоны { $id }
campaign-no-length = «{ $text }» — не срок
campaign-no-length-hint = например 20m, 2h, 1d
campaign-head = Кампания «{ $name }»: звонит «{ $persona }», людей { $people }, осталось { $left }
campaign-stopping = Новых звонков не будет, начатые договорят. Ещё раз Ctrl+C — выйти сразу
campaign-left = Начатые звонки договорят без нас; та же команда продолжит с этого места
campaign-done = { $done } из { $of }
campaign-on-the-line = на линии { $count }
campaign-waiting = ждут { $count }
campaign-of-money = { $spent } из { $most }
campaign-again = позвоним ещё
campaign-waits = Сейчас звонить некому: ждём до { $at }. Ctrl+C остановит, потом продолжим
campaign-plan-name = Кампания
campaign-plan-persona = Звонит
campaign-plan-rows = В списке
campaign-plan-rows-of = людей { $people }; повторов { $repeated }, без номера { $unreadable }
campaign-plan-left = Осталось
campaign-plan-left-of = { $left }; закончено раньше { $settled }
campaign-plan-when = Когда
campaign-plan-now = прямо сейчас можно { $count }
campaign-plan-later = остальным ({ $count }) с { $at }
campaign-plan-price = Цена
campaign-plan-price-of = примерно { $sum } ({ $a_call } за звонок, как в последние 30 дней)
campaign-plan-price-at-most = не больше { $sum } за модели и речь; связь — по тарифу Voximplant
campaign-plan-price-unknown = неизвестна: ИИ-звонков ещё не было; предел задаст --max-cost
campaign-plan-cap = Предел
campaign-plan-no-cap = не задан; задать: --max-cost 500RUB
campaign-column-client = Клиент
campaign-column-outcome = Итог
campaign-column-calls = Звонков
campaign-column-answers = Ответы
campaign-more = …и ещё { $count }, все в файле
campaign-free = 0 ₽
campaign-totals = Поговорили { $talked }, закончено { $settled } из { $people }. Потрачено { $spent }
campaign-file = Список с ответами: { $path }
campaign-stop-paused = кампанию остановили (--pause)
campaign-stop-stopped = остановлено
campaign-stop-budget = деньги кампании кончились (--max-cost)
campaign-stop-day-budget = деньги на звонки на сегодня кончились (ZVONAR_DAILY_CALL_BUDGET)
campaign-stop-not-now = остальным звонить можно с { $at }
campaign-stop-refused = телефония отказала: { $reason }
campaign-stop-low-balance = Voximplant предупредил: на счёте мало денег; пополните его
campaign-go-on = Продолжить: { $command }

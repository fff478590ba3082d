# Справка: команда — help-ПУТЬ, её аргумент — arg-ПУТЬ-ИМЯ, общий для многих — arg-ИМЯ.

help-zvonar = Слушает звонки, оценивает их по вашим критериям и показывает, где что сказано
    .long = Слушает звонки компании, оценивает их по вашим критериям и показывает, где что сказано. Без сети и без ключей: папка с записями → Whisper на этом компьютере → правила → таблица, отчёт и страница. С ключами: UIS → Whisper или провайдер речи → языковая модель → Google Таблица.
    .examples =
        zvonar run ./calls --report report.xlsx
        zvonar run --source uis --last 1d --sheet
        zvonar calls list --max-score 40 --last 7d
        zvonar doctor
help-run = Разобрать звонки из папки, UIS или Voximplant: речь в текст, оценка, отчёт
    .long = Разобрать звонки из папки, из UIS или из истории аккаунта Voximplant: речь в текст, оценка по критериям, таблица и отчёт. Без срока run --source uis и run --source voximplant продолжают с того места, где кончили в прошлый раз, с запасом в двое суток: записи приходят с опозданием. Готовое не делается дважды: прерванный запуск продолжается той же командой, а готовые звонки меняют только queue retry, calls rescore и новый файл записи. Рядом с записью может лежать одноимённый .json с полями started_at, caller, callee, direction, manager_id, manager_name, talk_s, missed, tags.
    .examples =
        zvonar run ./calls --report report.xlsx
        zvonar run ./calls --mode Manager+ --last 7d
        zvonar run ./calls --dry-run
        zvonar run --source uis --last 1d --sheet --max-cost 300RUB
        zvonar run --source voximplant --last 1d
        zvonar run ./calls --json > calls.json
help-transcribe = Превратить записи в текст, не занося их в базу звонков
    .examples =
        zvonar transcribe call.mp3
        zvonar transcribe call.mp3 --format srt > call.srt
help-analyze = Оценить диалог, набранный текстом
    .long = Оценить диалог, набранный текстом: «Клиент: Привет! Менеджер: Добрый день!» в одну строку или построчно.
    .examples =
        zvonar analyze dialog.txt --mode Client+
        echo "Клиент: Дорого. Менеджер: Давайте посчитаем." | zvonar analyze - --json
help-calls = Разобранные звонки: список, карточка, поиск, выгрузка, стирание
    .examples =
        zvonar calls list --last 7d
        zvonar calls search дорого
help-calls-list = Список звонков
    .examples =
        zvonar calls list --status recording_unavailable,failed
        zvonar calls list --manager 7 --max-score 40 --from 2026-11-01
help-calls-show = Карточка звонка: балл, критерии с цитатами, разговор
    .examples =
        zvonar calls show 1a2b3c4d
        zvonar calls show a_sale.wav --json
help-calls-search = Найти слова в разговорах, в любой форме
    .long = Найти слова в разговорах. Слово находится в любой форме («окном» найдёт «окна»), ё и е не различаются; слова в кавычках ищутся подряд.
    .examples =
        zvonar calls search дорого скидка
        zvonar calls search '"перезвоню завтра"' --last 7d
help-calls-export = Выгрузить звонки в XLSX или CSV
    .examples =
        zvonar calls export --report november.xlsx --from 2026-11-01 --to 2026-11-30
        zvonar calls export --report low.csv --max-score 40
help-calls-rescore = Оценить заново, не распознавая речь ещё раз
    .examples =
        zvonar calls rescore --last 7d --mode Client+
        zvonar calls rescore 1a2b3c4d --rubric my.toml
        zvonar calls rescore --all
help-calls-erase = Стереть всё, что связано с номером телефона
    .long = Стереть всё, что связано с номером телефона: звонки, тексты, оценки и файлы записей в папке данных. Записи в ваших папках остаются, их пути будут названы.
    .examples =
        zvonar calls erase --phone "+7 900 123-45-67"
        zvonar calls erase --phone +79001234567 --yes
help-calls-receipts = Квитанции о стирании: что, когда и кем стёрто
    .examples =
        zvonar calls receipts
        zvonar calls receipts --json
help-queue = Очередь: что ждёт, что не вышло, повтор и пауза
    .examples =
        zvonar queue list
        zvonar queue retry
help-queue-list = Сколько заданий на каждой стадии, что не вышло и почему
    .examples =
        zvonar queue list
        zvonar queue list --json
help-queue-retry = Вернуть неудавшееся в очередь или распознать готовое заново
    .long = Вернуть неудавшееся в очередь. Готовые звонки сами не меняются: их меняют queue retry, calls rescore и новый файл записи. После выбора другой модели речи queue retry --speech возвращает на распознавание всё, что слышала прежняя.
    .examples =
        zvonar queue retry
        zvonar queue retry --stage analyze
        zvonar queue retry --call 1a2b3c4d
        zvonar queue retry --speech
help-queue-pause = Приостановить стадию
    .examples =
        zvonar queue pause analyze
help-queue-resume = Снова пустить стадию
    .examples =
        zvonar queue resume analyze
help-rubric = Критерии оценки: список, просмотр, проверка, проба
    .examples =
        zvonar rubric list
        zvonar rubric show manager-plus --toml > my.toml
help-rubric-list = Какие критерии есть
    .examples =
        zvonar rubric list
help-rubric-show = Показать критерии; с --toml — исходный файл
    .examples =
        zvonar rubric show manager-plus
        zvonar rubric show dialog --toml > my.toml
help-rubric-check = Проверить файл критериев: ошибки с номерами строк
    .examples =
        zvonar rubric check my.toml
help-rubric-test = Проба на разобранных звонках: старый балл рядом с новым
    .long = Проба на разобранных звонках: старый балл рядом с новым, самые большие разницы сверху. Ничего не записывает.
    .examples =
        zvonar rubric test my.toml --last 7d
        zvonar rubric test manager-plus --limit 20
help-rubric-from-prompt = Составить черновик критериев из слов заказчика
    .long = Составить черновик критериев из слов заказчика: файл с обычным текстом («проверяйте, что менеджер здоровается…») становится файлом .toml, который остаётся проверить и поправить. Черновик пишет языковая модель, если она настроена; иначе каждая строка или предложение становится критерием.
    .examples =
        zvonar rubric from-prompt wishes.txt -o my.toml
        zvonar rubric from-prompt - < wishes.txt > my.toml
help-model = Модели Whisper на этом компьютере
    .examples =
        zvonar model list
        zvonar model pull small
help-model-list = Какие модели есть и какая выбрана
    .examples =
        zvonar model list
help-model-pull = Скачать модель; прерванное скачивание продолжается
    .examples =
        zvonar model pull base
        zvonar model pull large-v3-turbo
help-model-import = Взять модель из файла ggml или папки CTranslate2
    .examples =
        zvonar model import ./faster-whisper-base
        zvonar model import ggml-small.bin --name small
help-model-verify = Сверить файлы моделей с контрольными суммами
    .examples =
        zvonar model verify
        zvonar model verify base
help-uis = Телефония UIS и CoMagic: проверка доступа, список звонков
    .examples =
        zvonar uis check
        zvonar uis calls --last 1d
help-uis-check = Проверить ключ, список звонков и скачивание записи
    .examples =
        zvonar uis check
        zvonar uis check --json
help-uis-calls = Звонки UIS за срок, как их отдаёт телефония
    .examples =
        zvonar uis calls --last 1d
        zvonar uis calls --from 2026-11-01 --to 2026-11-07 --limit 500 --json
help-sheet = Google Таблица: создать лист, проверить доступ
    .examples =
        zvonar sheet init
        zvonar sheet check
help-sheet-init = Создать лист с шапкой и оформлением; повторять безопасно
    .long = Создать лист с шапкой и оформлением в таблице GOOGLE_SHEET_ID; повторять безопасно. С --create создаётся и сама таблица: это может только вход от своего имени (authorized_user), у сервисного аккаунта нет своего Диска.
    .examples =
        zvonar sheet init
        zvonar sheet init --create "Звонки отдела продаж"
help-sheet-check = Проверить доступ, столбцы и часовой пояс; прочитать оценки руководителя
    .examples =
        zvonar sheet check
        zvonar sheet check --json
help-serve = Веб-служба: страницы, REST, веб-хуки
    .long = Веб-служба: страницы для руководителя, REST и веб-хуки для программ. Пока нет пользователей и токенов, отвечает только этому компьютеру. То же, что zvonar-server.
    .examples =
        zvonar serve
        zvonar serve --bind 0.0.0.0:8000
help-worker = Работать над очередью: рабочих с одной базой может быть сколько угодно
    .long = Работать над очередью, пока не остановят: рабочих на любом числе машин может быть сколько угодно, если у них одна база PostgreSQL (DATABASE_URL) и общая папка записей. Первый SIGTERM даёт закончить начатое, второй оставляет его другим.
    .examples =
        zvonar worker
        zvonar worker --stages transcribe,analyze
help-schedule = Что служба делает по часам: расписания
    .long = Что служба делает по часам. Расписания работают, пока запущен zvonar serve или zvonar worker: из нескольких процессов за часами следит один. Пропущенное, пока никто не работал, навёрстывается один раз.
    .examples =
        zvonar schedule add uis "5 * * * *"
        zvonar schedule list
help-schedule-list = Расписания: когда следующий раз и чем кончился прошлый
    .examples =
        zvonar schedule list
        zvonar schedule list --json
help-schedule-add = Добавить расписание или заменить расписание с этим именем
    .long = Добавить расписание или заменить расписание с этим именем. Часы — пять полей cron (минута, час, день, месяц, день недели) в часовом поясе --zone, без него ZVONAR_TIMEZONE. С папками берутся записи из них, без папок — звонки UIS с прошлого раза.
    .examples =
        zvonar schedule add uis "5 * * * *"
        zvonar schedule add утро "30 8 * * 1-5" --zone Asia/Yekaterinburg --last 24h --rubric manager-plus
        zvonar schedule add папка "*/15 * * * *" /srv/calls
        zvonar schedule add отчёты "0 9 * * 1" --weekly
help-schedule-run-now = Сделать сейчас, не дожидаясь часа
    .examples =
        zvonar schedule run-now uis
help-schedule-pause = Остановить расписание
    .examples =
        zvonar schedule pause uis
help-schedule-resume = Пустить расписание дальше, с этой минуты
    .examples =
        zvonar schedule resume uis
help-schedule-remove = Удалить расписание и его журнал
    .examples =
        zvonar schedule remove uis
help-notify = Уведомления в Telegram и почту
    .examples =
        zvonar notify test
help-notify-test = Послать пробное сообщение во все настроенные места
    .examples =
        zvonar notify test
        zvonar notify test --json
help-report = Отчёты для людей
    .examples =
        zvonar report weekly
help-report-weekly = Неделя менеджера: книга XLSX и письмо
    .long = Неделя менеджера: книга XLSX со звонками и письмо в HTML с баллом, слабыми и сильными местами и звонками, которые стоит послушать. Без --week берётся прошлая неделя, без --manager — все, у кого были звонки. С --mail отчёты уходят на ALERT_EMAIL_TO; один и тот же отчёт уходит один раз.
    .examples =
        zvonar report weekly --out ./week
        zvonar report weekly --manager 101 --week 2026-11-16
        zvonar report weekly --mail
help-migrate = Перенести всё из файла SQLite в базу PostgreSQL
    .long = Перенести всё из файла SQLite в пустую базу PostgreSQL, которую называет DATABASE_URL. Каждая таблица проверяется: число строк и SHA-256 с обеих сторон. Перенос происходит целиком или никак, файл остаётся на месте. Перед переносом остановите zvonar.
    .examples =
        zvonar migrate
        zvonar migrate /var/lib/zvonar/zvonar.db
help-backup = Скопировать всё, не останавливая работу
    .long = Скопировать базу, записи, критерии, персоны и ключи в новую папку, не останавливая работу. Модели не копируются. Восстановление — та же папка в ZVONAR_DATA_DIR. После восстановления сотрите заново номера, стёртые после копии.
    .examples =
        zvonar backup /backup/zvonar-2026-11-21
help-retention = Сроки хранения
    .examples =
        zvonar retention run --dry-run
help-retention-run = Удалить то, чему вышел срок (служба делает это сама раз в сутки)
    .long = Удалить записи, слова, дословные ответы модели, ход ИИ-звонков, строки журнала и квитанции, которым вышел срок: ZVONAR_KEEP_…_DAYS. Ваши файлы в папках не удаляются никогда. Служба и рабочие делают это сами раз в сутки.
    .examples =
        zvonar retention run --dry-run
        zvonar retention run --json
help-user = Кто может смотреть страницы и какие программы спрашивать
    .examples =
        zvonar user add anna --role supervisor
        zvonar user list
help-user-add = Завести пользователя с паролем
    .long = Завести пользователя с паролем. Роли: admin — всё; supervisor — все звонки и правки; manager — только свои звонки; integration — веб-хуки, разбор и звонки для программ.
    .examples =
        zvonar user add anna --role supervisor
        zvonar user add ivan --role manager --manager-id 101
help-user-list = Кто заведён
    .examples =
        zvonar user list
        zvonar user list --json
help-user-password = Сменить пароль и закрыть открытые сеансы
    .examples =
        zvonar user password anna
        echo НОВЫЙ-ПАРОЛЬ | zvonar user password anna
help-user-remove = Удалить пользователя и его токены
    .examples =
        zvonar user remove ivan
        zvonar user remove crm
help-user-token = Сделать токен для программы; печатает его один раз
    .examples =
        zvonar user token crm --role integration
        TOKEN=$(zvonar user token director --role admin)
help-doctor = Проверить всё настроенное и сказать, что чинить
    .examples =
        zvonar doctor
        zvonar doctor --json
help-config = Настройки: образец, просмотр, проверка
    .examples =
        zvonar config init
        zvonar config show
help-config-init = Записать образец zvonar.toml в текущую папку
    .examples =
        zvonar config init
        zvonar config init --force
help-config-show = Что действует и откуда взято; секреты скрыты
    .examples =
        zvonar config show
        zvonar config show --json
help-config-check = Проверить настройки, ничего не запуская
    .examples =
        zvonar config check
        zvonar config check --config ./zvonar.toml
help-voximplant = Звонки ИИ через Voximplant: развёртывание, пробный звонок, состояние
    .examples =
        zvonar voximplant status
        zvonar voximplant deploy --dry-run
        zvonar voximplant call --sandbox +79161234567
help-voximplant-deploy = Создать или обновить в Voximplant сценарии, правила и секреты
    .long = Создать или обновить в Voximplant сценарии, правила и секреты. Сначала показывает, что изменится, и спрашивает; повторный запуск ничего не меняет. Нужны ключ, BACKEND_URL и VOXIMPLANT_CALLER_ID.
    .examples =
        zvonar voximplant deploy --dry-run
        zvonar voximplant deploy
        zvonar voximplant deploy --inbound --yes
help-voximplant-call = Позвонить и смотреть разговор в терминале
    .long = Позвонить и смотреть разговор в терминале. При USE_VOXIMPLANT=true звонок настоящий, и на BACKEND_URL должен работать zvonar serve; иначе разговор идёт с придуманным собеседником. С --sandbox всё, от телефонии до моделей, ненастоящее и поднимается на время звонка.
    .examples =
        zvonar voximplant call +79161234567
        zvonar voximplant call --sandbox +79161234567 --persona appointment-reminder
help-voximplant-campaign = Обзвонить список из CSV и вернуть в него ответы
    .long = Обзвонить список из CSV: каждому звонят в часы персоны, по его времени, пока не поговорят; занято, тишина и автоответчик — ещё раз позже. Ответы с доказывающими их словами дописываются в тот же файл новыми столбцами. Прерванная (и kill -9) кампания продолжается той же командой, никому не звонят дважды; кто за неделю уже говорил с роботом, того пропускают. Пока идут настоящие звонки, должна работать служба zvonar serve.
    .examples =
        zvonar voximplant campaign leads.csv --dry-run
        zvonar voximplant campaign leads.csv --max-cost 500RUB
        zvonar voximplant campaign leads.csv --lines 5 --out done.csv
        zvonar voximplant campaign leads.csv --pause
help-voximplant-status = Ключ, баланс, номер, правила и что изменит развёртывание
    .examples =
        zvonar voximplant status
        zvonar voximplant status --json
help-agent = Персоны ИИ-звонков: список, разговор текстом
    .examples =
        zvonar agent list
        zvonar agent talk --persona appointment-reminder
help-agent-talk = Поговорить с персоной текстом, без телефона
    .long = Поговорить с персоной текстом, без телефона. Реплика — строка; пустая строка — тишина; конец ввода кладёт трубку. Отвечает языковая модель, если задан её ключ, иначе сценарий вопросов. В историю разговор не попадает.
    .examples =
        zvonar agent talk
        zvonar agent talk --persona ./moya.toml
help-agent-list = Какие персоны есть
    .examples =
        zvonar agent list
help-sandbox = Ненастоящие UIS, OpenAI и Google на одном порту, чтобы попробовать всё без ключей
    .long = Ненастоящие UIS, служба моделей и Google на одном порту этого компьютера: месяц звонков выдуманной компании с записями, таблица, сбои по заказу. Печатает переменные, которые указывают на неё.
    .examples =
        zvonar sandbox --env-file .env
        zvonar run --source uis --last 30d --sheet
        curl -X POST localhost:8077/_sandbox/faults -d '{"{"}"provider":"openai","kind":"429","times":3{"}"}'
help-completions = Дополнение команд для вашей оболочки
    .examples =
        zvonar completions bash > ~/.local/share/bash-completion/completions/zvonar
        zvonar completions zsh > ~/.zfunc/_zvonar

arg-config = Файл настроек вместо zvonar.toml
arg-lang = Язык
arg-color = Цвета
arg-verbose = Подробный журнал в stderr; -vv ещё подробнее
arg-help = Показать справку
arg-version = Показать версию
arg-json = Один документ JSON в stdout
arg-from = Не раньше: 2026-11-20, "2026-11-20 18:00" или RFC 3339
arg-to = Не позже; день без времени входит целиком
arg-last = За последние: 90m, 24h, 7d (168 часов), 2w
arg-rubric = Критерии: id или файл .toml
arg-mode = Критерии по названию: Manager+, Client+ или Диалог
arg-status = Со статусом, можно несколько через запятую
arg-manager = Менеджера с этим ID или именем
arg-phone = С этим номером
arg-min-score = Балл не ниже
arg-needs-review = Только с вердиктом, который нужно проверить
arg-max-score = Балл не выше
arg-report = Файл отчёта .xlsx или .csv
arg-limit = Не больше стольких
arg-run-paths = Папки или файлы с записями
arg-run-source = Откуда брать звонки
arg-run-limit = Не больше стольких звонков
arg-run-jobs = Сколько записей распознавать сразу
arg-run-max-cost = Предел трат: 300RUB или 3.5USD; остальное останется в очереди
arg-run-dry-run = Показать, что будет сделано, и ничего не записывать
arg-transcribe-files = Файлы записей
arg-transcribe-format = Вид текста
arg-analyze-file = Файл с диалогом; «-» читает stdin
arg-calls-list-rubric = Балл по этим критериям
arg-calls-list-after = Продолжить список с этого места
arg-calls-show-id = ID, его начало или имя файла записи
arg-calls-show-rubric = Оценка по этим критериям
arg-calls-search-words = Что искать
arg-calls-rescore-ids = ID звонков
arg-calls-rescore-all = Все звонки
arg-calls-erase-phone = Номер телефона
arg-calls-erase-yes = Не спрашивать
arg-queue-retry-stage = Только этой стадии
arg-queue-retry-call = Только этого звонка; готовый распознаётся заново
arg-queue-retry-speech = Распознать заново то, что слышала другая модель, и то, где речи не нашлось
arg-queue-retry-all = И то, что ждёт своего часа
arg-queue-pause-stage = Стадия
arg-queue-resume-stage = Стадия
arg-rubric-show-rubric = ID критериев или файл .toml
arg-rubric-show-toml = Исходный файл
arg-rubric-check-files = Файлы .toml
arg-rubric-test-rubric = ID критериев или файл .toml
arg-model-pull-name = Имя модели из списка: base, base-f16, small, large-v3-turbo
arg-model-import-path = Файл ggml или папка CTranslate2
arg-model-import-name = Под каким именем
arg-model-verify-name = Одна модель; без имени — все установленные
arg-config-init-force = Заменить существующий файл
arg-completions-shell = Оболочка
arg-run-sheet = Записать результат в Google Таблицу
arg-uis-calls-limit = Не больше стольких звонков
arg-sheet-init-create = Создать и таблицу, с этим названием
arg-rubric-from-prompt-file = Файл с текстом заказчика; «-» читает stdin
arg-rubric-from-prompt-output = Куда записать; без него черновик идёт в stdout
arg-sandbox-bind = Где слушать; порт 0 — любой свободный
arg-sandbox-calls = Сколько звонков было у компании
arg-sandbox-days = За сколько дней
arg-sandbox-seed = Одно число — один и тот же мир
arg-sandbox-latency = Задержка ответа модели, мс
arg-sandbox-env-file = Записать переменные и в этот файл
arg-worker-stages = Только эти стадии, через запятую; по умолчанию все
arg-backup-folder = Новая папка
arg-calls-receipts-limit = Сколько последних
arg-retention-run-dry-run = Только посчитать
arg-schedule-add-name = Имя расписания
arg-schedule-add-cron = Часы: "5 * * * *" — каждый час, "30 9 * * 1-5" — по будням в 9:30
arg-schedule-add-paths = Папки с записями; без них звонки берутся из UIS
arg-schedule-add-zone = Часовой пояс часов; по умолчанию ZVONAR_TIMEZONE
arg-schedule-add-last = Какие звонки: 24h, 7d; без этого — с прошлого раза
arg-schedule-add-weekly = Рассылать отчёты менеджеров за прошлую неделю
arg-report-weekly-manager = Только этого менеджера: его ID
arg-report-weekly-week = Любой день недели: 2026-11-16; по умолчанию прошлая
arg-report-weekly-out = Папка для файлов; по умолчанию текущая
arg-report-weekly-mail = Послать почтой на ALERT_EMAIL_TO
arg-migrate-file = Файл SQLite; по умолчанию zvonar.db в папке данных
arg-serve-bind = Где слушать; по умолчанию ZVONAR_BIND или 127.0.0.1:8000
arg-name = Имя
arg-role = Роль
arg-manager-id = Чьи звонки видны менеджеру: ID в телефонии; по умолчанию имя
arg-persona = Кто говорит: id персоны
arg-voximplant-deploy-dry-run = Только показать, что изменится
arg-voximplant-deploy-callbacks = Получать уведомления аккаунта (мало денег, сбой сценария); прежний их адрес заменяется
arg-voximplant-deploy-inbound = Принимать и входящие звонки
arg-voximplant-deploy-yes = Не спрашивать
arg-voximplant-campaign-leads = Список: CSV со строкой заголовков и столбцом номеров
arg-voximplant-campaign-name = Имя кампании; без него — имя файла
arg-voximplant-campaign-dialog = Как идёт разговор
arg-voximplant-campaign-out = Куда писать список с ответами; без него — в тот же файл
arg-voximplant-campaign-phone-column = Столбец номеров, если его не найти по названию
arg-voximplant-campaign-lines = Сколько звонков идёт сразу
arg-voximplant-campaign-attempts = Сколько раз звонить одному человеку
arg-voximplant-campaign-after-busy = Через сколько звонить снова, если занято
arg-voximplant-campaign-after-no-answer = То же, если не ответили
arg-voximplant-campaign-after-machine = То же, если автоответчик
arg-voximplant-campaign-again = Звонить и тем, кто за неделю уже говорил с роботом
arg-voximplant-campaign-max-cost = Больше этого не тратить: 500RUB, 5USD
arg-voximplant-campaign-no-wait = Не ждать дозволенного часа: закончить, когда звонить некому
arg-voximplant-campaign-dry-run = Только показать: сколько людей, когда, за сколько
arg-voximplant-campaign-pause = Остановить кампанию, идущую в другом окне
arg-voximplant-call-phone = Номер: +79161234567
arg-voximplant-call-dialog = Как идёт разговор
arg-voximplant-call-sandbox = Ненастоящие телефония и модели, без ключей и денег

# Help: a command is help-PATH, its argument arg-PATH-NAME, one that many share arg-NAME.

help-zvonar = Listens to calls, scores them against your criteria and shows where it was said
    .long = Listens to a company's calls, scores them against your criteria and shows where it was said. No network, no keys: a folder of recordings → Whisper on this machine → rules → a table, a report and a page. With keys: UIS → Whisper or a speech provider → a language model → Google Sheets.
    .examples =
        zvonar run ./calls --report report.xlsx
        zvonar run --source uis --last 1d --sheet
        zvonar calls list --max-score 40 --last 7d
        zvonar doctor
help-run = Take calls of a folder, UIS or Voximplant to text, scores, a table and a report
    .long = Take calls of a folder, of UIS or of the call history of a Voximplant account to text, scores, a table and a report. Without a window, run --source uis and run --source voximplant go on where they ended last, two days back: recordings come late. Nothing is done twice: an interrupted run goes on by the same command, and finished calls are changed only by queue retry, calls rescore and a changed recording. A .json of the same name beside a recording may hold started_at, caller, callee, direction, manager_id, manager_name, talk_s, missed, tags.
    .examples =
        zvonar run ./calls --report report.xlsx
        zvonar run ./calls --mode Manager+ --last 7d
        zvonar run ./calls --dry-run
        zvonar run --source uis --last 1d --sheet --max-cost 300RUB
        zvonar run --source voximplant --last 1d
        zvonar run ./calls --json > calls.json
help-transcribe = Turn recordings into text without making calls of them
    .examples =
        zvonar transcribe call.mp3
        zvonar transcribe call.mp3 --format srt > call.srt
help-analyze = Score a typed dialogue
    .long = Score a typed dialogue: “Client: Hi! Manager: Good afternoon!” on one line or many.
    .examples =
        zvonar analyze dialog.txt --mode Client+
        echo "Client: Too dear. Manager: Let us count." | zvonar analyze - --json
help-calls = Calls that are known: list, card, search, export, erase
    .examples =
        zvonar calls list --last 7d
        zvonar calls search дорого
help-calls-list = List calls
    .examples =
        zvonar calls list --status recording_unavailable,failed
        zvonar calls list --manager 7 --max-score 40 --from 2026-11-01
help-calls-show = The card of a call: score, criteria with quotes, transcript
    .examples =
        zvonar calls show 1a2b3c4d
        zvonar calls show a_sale.wav --json
help-calls-search = Find words in transcripts, in any form
    .long = Find words in transcripts. A Russian word is found in any form, ё equals е; quoted words are looked for in a row.
    .examples =
        zvonar calls search дорого скидка
        zvonar calls search '"перезвоню завтра"' --last 7d
help-calls-export = Export calls to XLSX or CSV
    .examples =
        zvonar calls export --report november.xlsx --from 2026-11-01 --to 2026-11-30
        zvonar calls export --report low.csv --max-score 40
help-calls-rescore = Judge anew without recognising speech again
    .examples =
        zvonar calls rescore --last 7d --mode Client+
        zvonar calls rescore 1a2b3c4d --rubric my.toml
        zvonar calls rescore --all
help-calls-erase = Erase everything of a phone number
    .long = Erase everything of a phone number: calls, transcripts, scores and recording files in the data folder. Recordings in your own folders stay; their paths are told.
    .examples =
        zvonar calls erase --phone "+7 900 123-45-67"
        zvonar calls erase --phone +79001234567 --yes
help-calls-receipts = Receipts of erasures: what was erased, when, by whom
    .examples =
        zvonar calls receipts
        zvonar calls receipts --json
help-queue = The queue: what waits, what failed, retry and pause
    .examples =
        zvonar queue list
        zvonar queue retry
help-queue-list = Jobs of each stage, what failed and why
    .examples =
        zvonar queue list
        zvonar queue list --json
help-queue-retry = Put what failed back into the queue, or hear finished calls again
    .long = Put what failed back into the queue. Finished calls do not change by themselves: queue retry, calls rescore and a changed recording change them. After another speech model was chosen, queue retry --speech takes back everything that the former one has heard.
    .examples =
        zvonar queue retry
        zvonar queue retry --stage analyze
        zvonar queue retry --call 1a2b3c4d
        zvonar queue retry --speech
help-queue-pause = Pause a stage
    .examples =
        zvonar queue pause analyze
help-queue-resume = Let a stage run again
    .examples =
        zvonar queue resume analyze
help-rubric = Rubrics: list, show, check, test
    .examples =
        zvonar rubric list
        zvonar rubric show manager-plus --toml > my.toml
help-rubric-list = Which rubrics there are
    .examples =
        zvonar rubric list
help-rubric-show = Show a rubric; with --toml its source
    .examples =
        zvonar rubric show manager-plus
        zvonar rubric show dialog --toml > my.toml
help-rubric-check = Check a rubric file: mistakes with their lines
    .examples =
        zvonar rubric check my.toml
help-rubric-test = Back-test on known calls: old score beside new
    .long = Back-test on known calls: old score beside new, the biggest changes first. Writes nothing.
    .examples =
        zvonar rubric test my.toml --last 7d
        zvonar rubric test manager-plus --limit 20
help-rubric-from-prompt = Draft a rubric from a customer's own words
    .long = Draft a rubric from a customer's own words: a file of plain text ("check that the manager greets…") becomes a .toml file to look through and mend. The configured language model writes the draft; without one each line or sentence becomes a criterion.
    .examples =
        zvonar rubric from-prompt wishes.txt -o my.toml
        zvonar rubric from-prompt - < wishes.txt > my.toml
help-model = Whisper models on this machine
    .examples =
        zvonar model list
        zvonar model pull small
help-model-list = Which models there are and which is chosen
    .examples =
        zvonar model list
help-model-pull = Download a model; an interrupted download goes on
    .examples =
        zvonar model pull base
        zvonar model pull large-v3-turbo
help-model-import = Take a model from a ggml file or a CTranslate2 folder
    .examples =
        zvonar model import ./faster-whisper-base
        zvonar model import ggml-small.bin --name small
help-model-verify = Compare model files with their checksums
    .examples =
        zvonar model verify
        zvonar model verify base
help-uis = UIS and CoMagic telephony: access, list of calls
    .examples =
        zvonar uis check
        zvonar uis calls --last 1d
help-uis-check = Try the key, the list of calls and fetching a recording
    .examples =
        zvonar uis check
        zvonar uis check --json
help-uis-calls = Calls of a window as UIS lists them
    .examples =
        zvonar uis calls --last 1d
        zvonar uis calls --from 2026-11-01 --to 2026-11-07 --limit 500 --json
help-sheet = The Google Sheet: make the tab, check access
    .examples =
        zvonar sheet init
        zvonar sheet check
help-sheet-init = Make the tab with header and looks; harmless to repeat
    .long = Make the tab with header and looks in the spreadsheet of GOOGLE_SHEET_ID; harmless to repeat. With --create the spreadsheet is made too: only a user's own access (authorized_user) can, a service account owns no Drive.
    .examples =
        zvonar sheet init
        zvonar sheet init --create "Calls of the sales team"
help-sheet-check = Check access, columns and time zone; read the supervisor's scores
    .examples =
        zvonar sheet check
        zvonar sheet check --json
help-serve = The web service: pages, REST, webhooks
    .long = The web service: pages for the head of sales, REST and webhooks for programs. Until there are users or tokens it answers this machine alone. The same as zvonar-server.
    .examples =
        zvonar serve
        zvonar serve --bind 0.0.0.0:8000
help-worker = Work on the queue: any number of workers share one database
    .long = Work on the queue until stopped: there may be any number of workers on any number of machines, as long as they share a PostgreSQL database (DATABASE_URL) and the folder of recordings. The first SIGTERM lets them end what is in hand, the second leaves it to others.
    .examples =
        zvonar worker
        zvonar worker --stages transcribe,analyze
help-schedule = What the service does by the clock: schedules
    .long = What the service does by the clock. Schedules work as long as zvonar serve or zvonar worker runs: of several processes one looks at the clock. What was missed while nobody worked is made up for once.
    .examples =
        zvonar schedule add uis "5 * * * *"
        zvonar schedule list
help-schedule-list = Schedules: when the next time is and how the last one ended
    .examples =
        zvonar schedule list
        zvonar schedule list --json
help-schedule-add = Add a schedule, or replace the one of this name
    .long = Add a schedule, or replace the one of this name. Its hours are five fields of cron (minute, hour, day, month, weekday) in the zone of --zone, else ZVONAR_TIMEZONE. With folders it takes recordings out of them, without folders UIS calls since the last time.
    .examples =
        zvonar schedule add uis "5 * * * *"
        zvonar schedule add morning "30 8 * * 1-5" --zone Asia/Yekaterinburg --last 24h --rubric manager-plus
        zvonar schedule add folder "*/15 * * * *" /srv/calls
        zvonar schedule add reports "0 9 * * 1" --weekly
help-schedule-run-now = Do it now, without waiting for the hour
    .examples =
        zvonar schedule run-now uis
help-schedule-pause = Stop a schedule
    .examples =
        zvonar schedule pause uis
help-schedule-resume = Let a schedule go on, from this minute
    .examples =
        zvonar schedule resume uis
help-schedule-remove = Remove a schedule and its log
    .examples =
        zvonar schedule remove uis
help-notify = Notices by Telegram and mail
    .examples =
        zvonar notify test
help-notify-test = Send a test to every place that is configured
    .examples =
        zvonar notify test
        zvonar notify test --json
help-report = Reports for people
    .examples =
        zvonar report weekly
help-report-weekly = A manager’s week: a workbook and a letter
    .long = A manager’s week: a workbook of calls, and a letter in HTML with the score, what is weak and strong, and calls worth hearing. Without --week it is the week before, without --manager everybody who had calls. With --mail reports go to ALERT_EMAIL_TO; the same report leaves once.
    .examples =
        zvonar report weekly --out ./week
        zvonar report weekly --manager 101 --week 2026-11-16
        zvonar report weekly --mail
help-migrate = Move everything from a SQLite file into a PostgreSQL database
    .long = Move everything from a SQLite file into the empty PostgreSQL database that DATABASE_URL names. Each table is proved: number of rows and SHA-256 on both sides. Everything moves or nothing does, and the file stays. Stop zvonar first.
    .examples =
        zvonar migrate
        zvonar migrate /var/lib/zvonar/zvonar.db
help-backup = Copy everything while it works
    .long = Copy the database, recordings, rubrics, personas and keys into a new folder while it works. Models are not copied. To restore, name the folder in ZVONAR_DATA_DIR. After that erase again the numbers that were erased since the copy was made.
    .examples =
        zvonar backup /backup/zvonar-2026-11-21
help-retention = How long things are kept
    .examples =
        zvonar retention run --dry-run
help-retention-run = Delete what has had its time (the service does it once a day by itself)
    .long = Delete recordings, words, models' answers, the course of AI calls, lines of the log and receipts that have had their time: ZVONAR_KEEP_…_DAYS. Your own files in folders are never deleted. The service and workers do it once a day by themselves.
    .examples =
        zvonar retention run --dry-run
        zvonar retention run --json
help-user = Who may look at the pages and which programs may ask
    .examples =
        zvonar user add anna --role supervisor
        zvonar user list
help-user-add = Make a user with a password
    .long = Make a user with a password. Roles: admin — everything; supervisor — all calls and corrections; manager — own calls only; integration — webhooks, analysis and calls for programs.
    .examples =
        zvonar user add anna --role supervisor
        zvonar user add ivan --role manager --manager-id 101
help-user-list = Who there is
    .examples =
        zvonar user list
        zvonar user list --json
help-user-password = Change a password and close open sessions
    .examples =
        zvonar user password anna
        echo NEW-PASSWORD | zvonar user password anna
help-user-remove = Remove a user and the tokens of that name
    .examples =
        zvonar user remove ivan
        zvonar user remove crm
help-user-token = Make a token for a program; printed once
    .examples =
        zvonar user token crm --role integration
        TOKEN=$(zvonar user token director --role admin)
help-doctor = Check everything that is configured and say what to mend
    .examples =
        zvonar doctor
        zvonar doctor --json
help-config = Settings: an example, what is in force, a check
    .examples =
        zvonar config init
        zvonar config show
help-config-init = Write an example zvonar.toml into the working folder
    .examples =
        zvonar config init
        zvonar config init --force
help-config-show = What is in force and where it came from; secrets are hidden
    .examples =
        zvonar config show
        zvonar config show --json
help-config-check = Check the settings without starting anything
    .examples =
        zvonar config check
        zvonar config check --config ./zvonar.toml
help-voximplant = AI calls through Voximplant: deployment, a call to try, what stands there
    .examples =
        zvonar voximplant status
        zvonar voximplant deploy --dry-run
        zvonar voximplant call --sandbox +79161234567
help-voximplant-deploy = Make or update scenarios, rules and secrets at Voximplant
    .long = Make or update scenarios, rules and secrets at Voximplant. Shows first what will change, and asks; the second time nothing changes. Wants a key, BACKEND_URL and VOXIMPLANT_CALLER_ID.
    .examples =
        zvonar voximplant deploy --dry-run
        zvonar voximplant deploy
        zvonar voximplant deploy --inbound --yes
help-voximplant-call = Call somebody and watch the talk in the terminal
    .long = Call somebody and watch the talk in the terminal. With USE_VOXIMPLANT=true the call is real, and zvonar serve must run at BACKEND_URL; else the talk is with an invented person. With --sandbox everything, telephony and models included, is not real and lives as long as the call.
    .examples =
        zvonar voximplant call +79161234567
        zvonar voximplant call --sandbox +79161234567 --persona appointment-reminder
help-voximplant-campaign = Ring a list of people from a CSV file and write their answers into it
    .long = Ring a list of people from a CSV file: each within the persona's hours, by his own clock, until he was spoken with; a busy line, silence and a machine are tried again later. Answers, each with the words that prove it, come into the same file as new columns. A campaign that was interrupted (kill -9 too) goes on by the same command, and nobody is rung twice; who spoke with the robot within a week is left out. While calls are real, the service zvonar serve must run.
    .examples =
        zvonar voximplant campaign leads.csv --dry-run
        zvonar voximplant campaign leads.csv --max-cost 500RUB
        zvonar voximplant campaign leads.csv --lines 5 --out done.csv
        zvonar voximplant campaign leads.csv --pause
help-voximplant-status = Key, balance, number, rules, and what a deployment would change
    .examples =
        zvonar voximplant status
        zvonar voximplant status --json
help-agent = Personas of AI calls: a list, a talk by text
    .examples =
        zvonar agent list
        zvonar agent talk --persona appointment-reminder
help-agent-talk = Talk to a persona by text, without a telephone
    .long = Talk to a persona by text, without a telephone. A line is what you say; an empty line is silence; the end of the input hangs up. The language model answers where its key is set, else a script of questions. The talk does not go into the history.
    .examples =
        zvonar agent talk
        zvonar agent talk --persona ./mine.toml
help-agent-list = Which personas there are
    .examples =
        zvonar agent list
help-sandbox = UIS, OpenAI and Google that are not real, on one port, to try everything without keys
    .long = UIS, a model provider and Google that are not real, on one port of this machine: a month of calls of an invented company with recordings, a sheet, failures on demand. Prints the variables that point at it.
    .examples =
        zvonar sandbox --env-file .env
        zvonar run --source uis --last 30d --sheet
        curl -X POST localhost:8077/_sandbox/faults -d '{"{"}"provider":"openai","kind":"429","times":3{"}"}'
help-completions = Completion for your shell
    .examples =
        zvonar completions bash > ~/.local/share/bash-completion/completions/zvonar
        zvonar completions zsh > ~/.zfunc/_zvonar

arg-config = Settings file instead of zvonar.toml
arg-lang = Language
arg-color = Colours
arg-verbose = Verbose log on stderr; -vv says more
arg-help = Show help
arg-version = Show the version
arg-json = One JSON document on stdout
arg-from = Not before: 2026-11-20, "2026-11-20 18:00" or RFC 3339
arg-to = Not after; a bare date includes that day
arg-last = The last 90m, 24h, 7d (168 hours), 2w
arg-rubric = Rubric: an id or a .toml file
arg-mode = Rubric by its name: Manager+, Client+ or Диалог
arg-status = With this status, several separated by commas
arg-manager = Of the manager with this id or name
arg-phone = With this number
arg-min-score = Score at least
arg-needs-review = Only with a verdict that a person should check
arg-max-score = Score at most
arg-report = Report file .xlsx or .csv
arg-limit = At most so many
arg-run-paths = Folders or files with recordings
arg-run-source = Where calls come from
arg-run-limit = At most so many calls
arg-run-jobs = Recordings recognised at once
arg-run-max-cost = Spend at most 300RUB or 3.5USD; the rest stays queued
arg-run-dry-run = Show what would be done and write nothing
arg-transcribe-files = Recordings
arg-transcribe-format = Form of the text
arg-analyze-file = File with the dialogue; “-” reads stdin
arg-calls-list-rubric = Score under this rubric
arg-calls-list-after = Go on from this place
arg-calls-show-id = The id, its beginning, or the recording's file name
arg-calls-show-rubric = Judgement under this rubric
arg-calls-search-words = What to look for
arg-calls-rescore-ids = Ids of calls
arg-calls-rescore-all = All calls
arg-calls-erase-phone = Phone number
arg-calls-erase-yes = Do not ask
arg-queue-retry-stage = Of this stage only
arg-queue-retry-call = Of this call only; a finished one is heard again
arg-queue-retry-speech = Hear again what another model has heard, and what seemed to hold no speech
arg-queue-retry-all = What waits for its time too
arg-queue-pause-stage = Stage
arg-queue-resume-stage = Stage
arg-rubric-show-rubric = Id of a rubric or a .toml file
arg-rubric-show-toml = Its source
arg-rubric-check-files = .toml files
arg-rubric-test-rubric = Id of a rubric or a .toml file
arg-model-pull-name = A model's name from the list: base, base-f16, small, large-v3-turbo
arg-model-import-path = A ggml file or a CTranslate2 folder
arg-model-import-name = Under which name
arg-model-verify-name = One model; without a name all that are installed
arg-config-init-force = Replace the file that is there
arg-completions-shell = Shell
arg-run-sheet = Write the result to the Google Sheet
arg-uis-calls-limit = At most so many calls
arg-sheet-init-create = Make the spreadsheet too, with this title
arg-rubric-from-prompt-file = File with the customer's text; "-" reads stdin
arg-rubric-from-prompt-output = Where to write it; without it the draft goes to stdout
arg-sandbox-bind = Where to listen; port 0 takes any free one
arg-sandbox-calls = How many calls the company had
arg-sandbox-days = Over how many days
arg-sandbox-seed = The same number makes the same world
arg-sandbox-latency = Delay of a model's answer, ms
arg-sandbox-env-file = Write the variables to this file too
arg-worker-stages = Only these stages, by commas; by default all
arg-backup-folder = A new folder
arg-calls-receipts-limit = So many, the latest first
arg-retention-run-dry-run = Only count
arg-schedule-add-name = Name of the schedule
arg-schedule-add-cron = Its hours: "5 * * * *" is every hour, "30 9 * * 1-5" working days at 9:30
arg-schedule-add-paths = Folders with recordings; without them calls come from UIS
arg-schedule-add-zone = The zone of its hours; by default ZVONAR_TIMEZONE
arg-schedule-add-last = Which calls: 24h, 7d; without it those since the last time
arg-schedule-add-weekly = Mail managers’ reports of the week before
arg-report-weekly-manager = Of this manager alone: the ID
arg-report-weekly-week = Any day of the week: 2026-11-16; by default the week before
arg-report-weekly-out = Folder for the files; by default the current one
arg-report-weekly-mail = Mail them to ALERT_EMAIL_TO
arg-migrate-file = The SQLite file; by default zvonar.db in the data folder
arg-serve-bind = Where to listen; by default ZVONAR_BIND or 127.0.0.1:8000
arg-name = The name
arg-role = The role
arg-manager-id = Whose calls a manager sees: the ID in telephony; by default the name
arg-persona = Who speaks: the id of a persona
arg-voximplant-deploy-dry-run = Only show what would change
arg-voximplant-deploy-callbacks = Have callbacks of the account (little money, a broken scenario) sent here; their former address is replaced
arg-voximplant-deploy-inbound = Take incoming calls too
arg-voximplant-deploy-yes = Do not ask
arg-voximplant-campaign-leads = The list: CSV with a line of headers and a column of numbers
arg-voximplant-campaign-name = Name of the campaign; without it, that of the file
arg-voximplant-campaign-dialog = How the talk goes
arg-voximplant-campaign-out = Where the list with the answers goes; without it, into the same file
arg-voximplant-campaign-phone-column = The column of numbers where its name does not tell
arg-voximplant-campaign-lines = Calls at once
arg-voximplant-campaign-attempts = How often one person is rung
arg-voximplant-campaign-after-busy = How long after a busy line it is tried again
arg-voximplant-campaign-after-no-answer = The same after no answer
arg-voximplant-campaign-after-machine = The same after a machine
arg-voximplant-campaign-again = Ring those too who spoke with the robot within a week
arg-voximplant-campaign-max-cost = Spend no more than this: 500RUB, 5USD
arg-voximplant-campaign-no-wait = Do not wait for a better hour: end when nobody may be rung
arg-voximplant-campaign-dry-run = Only show how many people, when, and for how much
arg-voximplant-campaign-pause = Stop a campaign that runs in another window
arg-voximplant-call-phone = The number: +79161234567
arg-voximplant-call-dialog = How the talk goes
arg-voximplant-call-sandbox = Telephony and models that are not real: no keys, no money

# The words of results and errors.

calls-count = { $count } { $count ->
    [one] call
   *[other] calls
  }

# --- dates and sizes
size-mb = { $size } MB
size-gb = { $size } GB
value-yes = yes
value-no = no

# --- columns
column-id = ID
column-start = Began
column-client = Client
column-recording = Recording
column-manager = Manager
column-length = Length
column-score = Score
column-status = Status
column-main = Main point
column-plan = What will be done
column-title = Title
column-criteria = Criteria
column-language = Lang
column-description = About
column-criterion = Criterion
column-judged = Judged
column-changed = Changed
column-points = Points
column-old = Old
column-new = New
column-change = Change
column-key = Key
column-value = Value
column-origin = From
column-environment = Environment
column-model = Model
column-state = State
column-size = Size
column-note = Note
column-stage = Stage

# --- stages and states
stage-fetch = Recording
stage-transcribe = Speech to text
stage-analyze = Analysis
stage-deliver = Delivery
state-ready = Waiting
state-leased = Running
state-done = Done
state-dead = Failed

# --- progress
progress-done = done
progress-rate = { $rate }/min
progress-left = { $time } left
progress-bytes = { $done } of { $of }
progress-spent = Spent { $spent }.
progress-spent-of = Spent { $spent } of { $most }.
progress-waiting = Trying again in { $time }.
progress-stop = Ctrl+C stops, the next run goes on from here
stopping = Stopping: work in hand goes back to the queue. Ctrl+C again leaves at once

# --- totals
head-speech = Speech: { $engine }
head-analysis = Analysis: { $rubric }, { $engine }
head-revision = { $rubric }, rev. { $number }
table-more = The { $shown } most important are shown, { $hidden } more: zvonar calls list or --report report.xlsx
totals = { $calls } in all: { $parts }.
totals-none = No calls.
totals-average = Average score { $score }.
bucket-done = { $count } done
bucket-review = { $count } to check
bucket-missed = { $count } missed
bucket-short = { $count } too short
bucket-silent = { $count } without speech
bucket-machine = { $count ->
    [one] { $count } answering machine
   *[other] { $count } answering machines
  }
bucket-failed = { $count } failed
bucket-open = { $count } waiting
troubles-more = … and { $count } more: zvonar queue list
other-engine = { $count ->
    [one] { $count } call was
   *[other] { $count } calls were
  } heard by another model ({ $engines }), configured is { $configured }. To hear them again: zvonar queue retry --speech
run-refused = Access refused: { $reason }
run-rows-left = { $rows ->
    [one] { $rows } row waits
   *[other] { $rows } rows wait
 } to be delivered: the sheet has not taken them yet
run-rows-left-hint = run the same command later: rows will arrive, and nothing is paid twice
run-paused = Stage “{ $stage }” is paused: { $reason }
run-money-ended = The cap of { $sum } is reached, the rest waits in the queue
run-money-ended-hint = to go on: the same command with a larger --max-cost
run-interrupted = Stopped. What is done is kept
run-interrupted-hint = to go on: the same command
report-written = Report: { $path }     Open: { $open }
report-failed = Report { $path } is not written: { $reason }

# --- the plan (--dry-run)
plan-new = analyse
plan-again = go on
plan-known = known: { $status }
plan-none = nothing: missed or short
plan-totals = { $calls } in all, { $open } to work on. Nothing was written.

# --- analysis
analysis-head = Score { $score }   { $rubric }, { $engine }
analysis-cap = The score is held at { $limit } by “{ $title }”
analysis-summary = Summary
analysis-advice = Recommendations
analysis-criteria = Criteria
analysis-promises = Promises
criterion-points = { $score } of { $most }
criterion-weight = weight { $weight }
criterion-scale = from { $least } to { $most }
criterion-review = needs review
criterion-critical = critical
criterion-no-rules = no rules: needs a model
verdict-met = yes
verdict-partly = partly
verdict-not-met = no
verdict-not-applicable = not applicable
verdict-cannot-tell = not assessed
quote = { $who }: “{ $words }”
quote-not-found = the quote does not stand in the transcript
speaker-operator = Operator
speaker-client = Client
speaker-unknown = Voice
kind-score = points
kind-flag = flag
kind-choice = choice
kind-text = text
kind-list = list
kind-number = number

# --- the card of a call
card-head = Call { $id }
card-status = Status: { $status }
card-manager = Manager: { $name }
card-tags = Tags: { $tags }
card-metrics = How they talked
card-transcript = Transcript ({ $engine })
direction-in = incoming
direction-out = outgoing
direction-internal = internal
metric-share = operator { $share } of speech
metric-monologue = monologue up to { $time }
metric-interruptions = { $count ->
    [one] { $count } interruption
   *[other] { $count } interruptions
  }
metric-dead-air = silence { $time }
metric-reaction = answers in { $seconds } s
metric-wpm = { $words } words/min
metric-coverage = text covers { $share } of { $speech } of speech

# --- calls
calls-none = No such calls
no-cursor = --after: “{ $text }” is no place in the list of calls
no-cursor-hint = take it from the last line of the list, or from next_cursor of --json
calls-more = { $shown } of { $all } shown. Next: zvonar calls list … --after { $cursor }
manager-ambiguous = Several managers are called “{ $name }”
call-unknown = There is no call “{ $text }”
call-unknown-hint = a list with ids: zvonar calls list
call-ambiguous = “{ $text }” fits several calls
call-ambiguous-hint = be exact: { $one }, { $other }
search-none = Nothing found
search-all = { $count ->
    [one] { $count } call found
   *[other] { $count } calls found
  }
search-some = { $shown } of { $all } shown, more: --limit
search-some-many = { $shown } of over { $all } shown, more: --limit
export-done = { $count ->
    [one] { $count } call
   *[other] { $count } calls
  } → { $path }
rescore-which = Which calls are to be judged anew?
rescore-which-hint = name ids, a filter (--last 7d, --manager …) or --all
erase-question = Erase { $count ->
    [one] { $count } call
   *[other] { $count } calls
  } of { $phone } for good? [yes/no]
erase-not-asked = Erasing must be confirmed, and there is nobody to ask: this is no terminal
erase-not-asked-hint = add --yes
erase-kept = Nothing was erased
erase-nothing = There are no calls of { $phone }
erase-receipt = Everything of { $phone } is erased, receipt { $id }:
erase-files-left = Your own files are left: only you may delete them. Calls of theirs will not come back. The files:
erase-files-failed = These files could not be deleted yet, it is tried again:
receipts-none = Nothing has been erased yet.
receipt-head = Receipt { $id } · { $at } · number ending in { $ending } · { $who }
receipt-line = { $hand ->
    [0] {"  "}{ $place }: { $gone } gone
   *[other] {"  "}{ $place }: { $gone } gone, by hand: { $hand }
  }
receipt-waits = {"  "}Not all yet: { $why }. The service or the next zvonar run ends it.
place-calls = calls
place-transcripts = transcripts
place-analyses = analyses
place-conversations = AI calls
place-recordings = recording files
place-sheet-rows = rows of the sheet
place-exports = reports written to files
place-at-source = recordings at the source { $source }
retention-unset = How long recordings and words are kept is not set: everything is kept. Set ZVONAR_KEEP_RECORDINGS_DAYS and ZVONAR_KEEP_WORDS_DAYS.
retention-nothing = Nothing is old enough to go.
retention-would = Due to go: recordings: { $recordings }, words of calls: { $words }. Nothing was deleted.
retention-done = Gone: recordings: { $recordings }, words of calls: { $words }, answers of models: { $raw }, courses of AI calls: { $dialogues }, log lines: { $log }, receipts: { $receipts }.
retention-resisting = { $files } files could not be deleted. Check the rights of the data folder.
backup-done = The copy is ready: { $place }, { $files } files, { $mb } MB
backup-restore = To restore: copy the folder to its new place and name it in ZVONAR_DATA_DIR; models come by zvonar model pull.
backup-no-database = The database on the PostgreSQL server is not in the copy: pg_dump --format custom "$DATABASE_URL" > zvonar.dump
no-phone = “{ $text }” is no phone number
no-phone-hint = for example: +7 900 123-45-67

# --- run
run-no-path = No folder of recordings was named
run-no-path-hint = for example: zvonar run ./calls --report report.xlsx
run-path-missing = { $path }: no such folder or file
run-path-missing-hint = check the path; quote names with spaces
no-money = “{ $text }” is no amount of money
money-negative = A cap cannot be below zero
no-money-hint = for example: --max-cost 300RUB or --max-cost 3.5USD
when-no-date = { $flag }: “{ $text }” is no date
when-no-date-hint = for example: 2026-11-20, "2026-11-20 18:00" or 2026-11-20T18:00:00+03:00
when-no-last = --last: “{ $text }” is no length of time
when-no-last-hint = for example: 90m, 24h, 7d, 2w
when-empty = The end is not after the start
when-empty-hint = check --from and --to

# --- files
io-not-found = no such file
io-denied = no right to it
io-folder = it is a folder
subtitles-one-file = Subtitles are written of one recording at a time
subtitles-one-file-hint = a file a time: zvonar transcribe call.mp3 --format srt > call.srt
file-not-read = { $path } cannot be read: { $reason }
file-not-written = { $path } cannot be written: { $reason }
analyze-hint = give a file with the text of a dialogue, or “-” to read stdin
analyze-no-text = { $path }: not a text in UTF-8
analyze-no-text-hint = a recording is analysed by: zvonar run FILE
transcript-incomplete = { $name }: the text covers only { $share } of the speech

# --- rubrics
rubric-default = default
rubric-facts = { $id }, rev. { $revision }, { $count ->
    [one] { $count } criterion
   *[other] { $count } criteria
  }
rubric-good = { $path }: nothing to remark
rubric-check-hint = give the path of a .toml file with criteria
test-mean = { $count ->
    [one] { $count } call
   *[other] { $count } calls
  } tested, { $compared } with an old score. Mean change { $change }
test-no-old = { $count ->
    [one] { $count } call
   *[other] { $count } calls
  } tested; none has an old score under this rubric
test-nothing-written = A trial: nothing was written. To judge anew: zvonar calls rescore
test-no-calls = There are no calls with words in that time
test-no-calls-hint = first: zvonar run ./calls

# --- models
model-chosen = chosen
model-absent = absent
model-verified = verified
model-unverified = own
model-damaged = damaged
model-importing = Reading { $path } …
model-installed = Model { $name }: { $state }, { $size }
model-use = To use it: ZVONAR_MODEL={ $name } or model = "{ $name }" in zvonar.toml; what was done before: zvonar queue retry --speech
model-none = No model is installed

# --- settings
config-exists = { $path } exists already
config-written = { $path } is written
config-good = The settings are good: { $files }
config-good-no-files = The settings are good: no files, defaults are in force
origin-default = default
origin-environment = environment
origin-flag = flag

# --- queue
retry-heard-anew = { $count ->
    [one] { $count } call is
   *[other] { $count } calls are
  } to be heard again ({ $engine }). Carry it out: zvonar run with the same folder
retry-none = Nothing to try again
retry-done = { $count ->
    [one] { $count } job is back in the queue
   *[other] { $count } jobs are back in the queue
  }. To do them: zvonar run with the same folder
paused-by-hand = stopped by a person
stage-paused = Stage “{ $stage }” is paused
stage-was-paused = Stage “{ $stage }” was paused already
stage-resumed = Stage “{ $stage }” runs again
stage-was-running = Stage “{ $stage }” was running

# --- doctor
doctor-totals = Good { $good }, warnings { $warnings }, errors { $errors }, not configured { $absent }. Exit code { $code }

# the last column of the table
main-lost = lost on: { $titles }
main-nothing-lost = nothing to remark
main-no-score = too short a talk to score

# --- UIS
uis-account = Account
uis-zone = Time zone
uis-last-day = Last day
uis-day = { $calls ->
    [one] { $calls } call
   *[other] { $calls } calls
  }, { $missed } missed, { $recorded } recorded
uis-recording = Recording
uis-no-recording = none in a day, nothing to try
uis-sound-good = comes, { $format }
uis-points = Requests
uis-points-left = { $day } left for the day, { $minute } for the minute
uis-points-day = { $day } left for the day
uis-points-unknown = UIS told no limits
uis-missed = missed
uis-recorded = yes
uis-pending = being prepared
uis-unrecorded = none
uis-more = The first { $count } are shown, there are more: --limit, or a narrower window
uis-no-talk = no talk
column-talk = Talk

# --- the sheet
sheet-title = Spreadsheet
sheet-url = Address
sheet-tab = Tab
sheet-no-tab = none yet; make it: zvonar sheet init
sheet-access = Access
sheet-writer = may write
sheet-reader = may only read: give it the role Editor
sheet-zone = Time zone
sheet-columns = Columns
sheet-columns-of = { $there } of { $all } there
sheet-rows = Calls
sheet-scores = Supervisor's scores
sheet-scores-read = { $scores }, { $new } new
sheet-scores-odd = Odd supervisor's scores: { $count }. They must be numbers from 0 to 100, one per call
sheet-remember = Write the address to GOOGLE_SHEET_ID: { $url }

# --- the sandbox
sandbox-runs = The sandbox runs: { $url }. The sheet as a person sees it: { $sheet }. Stop it: Ctrl-C
sandbox-bind-hint = is the port taken? Another one: --bind 127.0.0.1:0

# --- a rubric from a customer's words
proposal-written = A draft of the rubric: { $path }. Look it through and try it: zvonar rubric test { $path }
proposal-look = Look at:
wishes-hint = give a file of plain text, or "-" to read stdin
run-uis-path = --source { $source } needs no folder
run-uis-path-hint = leave out the path or --source { $source }
run-scores-read = { $count ->
    [one] { $count } new score of the supervisor was read
   *[other] { $count } new scores of the supervisor were read
  }
plan-free = free
plan-price = Estimated price: speech { $speech }, analysis { $analysis }.
plan-price-unknown = { $calls ->
    [one] The price of { $calls } call is unknown.
   *[other] The price of { $calls } calls is unknown.
  }

# --- the web service and access

serve-ready = The page: { $url }
    Stop it with Ctrl+C
serve-unprotected = { $bind } can be reached from other machines and nothing keeps anybody out: all could hear the calls
serve-unprotected-hint = make a token: zvonar user token NAME --role admin, or set ZVONAR_ADMIN_TOKEN, or listen on 127.0.0.1
serve-bind = { $bind } cannot be listened on: { $why }
serve-bind-hint = choose another address: --bind 127.0.0.1:8010 or ZVONAR_BIND
user-added = { $name } can sign in
user-password-set = { $name } has a new password, open sessions are closed
user-removed = { $name } is removed; tokens removed: { $tokens }
user-tokens-removed = Tokens of { $name } are removed: { $tokens }
user-token-once = The token is shown once: keep it. In a request: Authorization: Bearer TOKEN
user-password = Password
user-password-again = Once more
user-password-differs = The passwords differ
user-password-differs-hint = run the command again
user-no-password = No password was given
user-no-password-hint = type it on a terminal, or give it as the first line: echo PASSWORD | zvonar user add …
user-bad-name = A name is 1 to 64 letters, digits, spaces and . _ - @
user-bad-name-hint = for example: anna.sokolova
user-bad-password = A password is 8 to 256 letters
user-bad-password-hint = take a longer one: several words are easy to remember
user-unknown = There is no such user
user-unknown-hint = who is there: zvonar user list
user-taken = There is such a user already
user-taken-hint = a new password: zvonar user password NAME
user-none = Neither users nor tokens. The page is open on this machine alone. Add one: zvonar user add NAME --role admin
user-column-name = Name
user-column-kind = Sign-in
user-column-role = Role
user-column-calls = Calls
user-column-used = Last used
user-person = password
user-disabled = closed
user-token = token
user-never-used = never
user-all-calls = all
role-admin = administrator
role-supervisor = supervisor
role-manager = manager
role-integration = program

# AI calls
agent-begins = { $title }. { $mind } answers. An empty line is silence, Ctrl+D hangs up.
agent-took = { $ms } ms, { $source }
agent-hung-up = The robot has hung up.
agent-transferred = The robot connects { $phone }.
speaker-robot = Robot
speaker-client-prompt = Client:
voximplant-up-to-date = All is as it should be at Voximplant: nothing to change.
voximplant-up-to-date-short = as they should be
voximplant-dry-run = Only shown: nothing is changed. Apply it: zvonar voximplant deploy
voximplant-deploy-ask = Apply? [y/N]
voximplant-deploy-left = Nothing is changed. Without a question: --yes
voximplant-deployed = Done, changes: { $changes }. Try a call: zvonar voximplant call +79161234567
voximplant-callbacks = Callbacks of the account come to { $url }
voximplant-no-rule = none; make it: zvonar voximplant deploy
voximplant-pending-unknown = nothing to compare with: set BACKEND_URL and VOXIMPLANT_CALLER_ID
voximplant-pending = differ, changes: { $changes }; zvonar voximplant deploy
voximplant-account = Account
voximplant-balance = Balance
voximplant-caller = We call from
voximplant-application = Application
voximplant-rule-turns = Rule «turns»
voximplant-rule-realtime = Rule «realtime»
voximplant-scenarios = Scenarios and secrets
call-simulated = The other side is invented: for real calls set USE_VOXIMPLANT=true
call-refused-hint = numbers, hours and limits: docs/VOXIMPLANT.ru.md
call-placed = Calling. Call { $id }
call-answered = They answered
call-over = The talk is over: { $why }
call-scored = Score { $score }. More: zvonar calls show { $id }
call-unscored = The judgement comes later: zvonar calls show { $id }
call-lost = the call is gone: it was erased
call-from-faq = ready answer
call-from-apology = apology for a failure
call-sandbox = Nothing is real: telephony, models, the client; they talk at the usual pace, about a minute and a half.

# Many machines
worker-begins = Working: { $stages }. Stop with Ctrl+C.
worker-ended = Stopped: what was begun is done or back in the queue.
migrate-done = Moved and proved: { $rows } rows, { $tables } tables.

schedule-none = No schedules. Add one: zvonar schedule add uis "5 * * * *"
schedule-added = Schedule “{ $name }”: { $does }; next time { $next }
schedule-asked = “{ $name }” begins in a few seconds; how it ended: zvonar schedule list
schedule-asked-nobody = “{ $name }” is noted, but nobody works now: it begins when zvonar serve or zvonar worker is started
schedule-paused = “{ $name }” is stopped. Let it go on: zvonar schedule resume { $name }
schedule-resumed = “{ $name }” works from this minute
schedule-removed = “{ $name }” is removed
schedule-stopped = stopped
schedule-never = not yet
schedule-no-next = never
schedule-column-name = Name
schedule-column-hours = Hours
schedule-column-does = What it does
schedule-column-next = Next time
schedule-column-last = Last time
notify-nowhere = There is nowhere to tell things
notify-nowhere-hint = set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID, or SMTP_URL, ALERT_EMAIL_FROM and ALERT_EMAIL_TO
notify-sent = { $sign } { $channel }: sent, { $place }
notify-failed = { $sign } { $channel }: { $why }
report-none = No calls with a manager in that week
report-mailed = Mails put into the outbox: { $count }; zvonar serve or zvonar worker sends them
report-not-written = { $path } cannot be written: { $why }
# Campaigns
campaign-nobody = There is no number in the list
campaign-nobody-hint = numbers are written like +79161234567; --phone-column names their column
campaign-unknown = There is no campaign { $name }
campaign-unknown-hint = a campaign is named after its file without .csv, or by --name
campaign-paused = The campaign { $name } is stopped: nobody else is rung, calls under way end by themselves. Go on: the same command without --pause
campaign-no-persona = There is no persona { $id }
campaign-no-length = "{ $text }" is no length of time
campaign-no-length-hint = for example 20m, 2h, 1d
campaign-head = Campaign { $name }: "{ $persona }" calls { $people } people, { $left } left
campaign-stopping = Nobody else is rung, calls under way end by themselves. Ctrl+C once more leaves at once
campaign-left = Calls under way end without us; the same command goes on from here
campaign-done = { $done } of { $of }
campaign-on-the-line = on the line { $count }
campaign-waiting = waiting { $count }
campaign-of-money = { $spent } of { $most }
campaign-again = will be rung again
campaign-waits = Nobody may be rung now: waiting until { $at }. Ctrl+C stops, later it goes on
campaign-plan-name = Campaign
campaign-plan-persona = Who calls
campaign-plan-rows = In the list
campaign-plan-rows-of = { $people } people; { $repeated } repeated, { $unreadable } without a number
campaign-plan-left = Left
campaign-plan-left-of = { $left }; { $settled } settled before
campaign-plan-when = When
campaign-plan-now = { $count } may be rung right now
campaign-plan-later = the others ({ $count }) from { $at }
campaign-plan-price = Price
campaign-plan-price-of = about { $sum } ({ $a_call } a call, as in the last 30 days)
campaign-plan-price-at-most = { $sum } at most for models and speech; the line by Voximplant's tariff
campaign-plan-price-unknown = unknown: there were no AI calls yet; --max-cost sets a cap
campaign-plan-cap = Cap
campaign-plan-no-cap = none; set it: --max-cost 500RUB
campaign-column-client = Client
campaign-column-outcome = Outcome
campaign-column-calls = Calls
campaign-column-answers = Answers
campaign-more = …and { $count } more, all of them in the file
campaign-free = 0 ₽
campaign-totals = Talked with { $talked }, settled { $settled } of { $people }. Spent { $spent }
campaign-file = The list with the answers: { $path }
campaign-stop-paused = the campaign was stopped (--pause)
campaign-stop-stopped = stopped
campaign-stop-budget = the campaign's money is spent (--max-cost)
campaign-stop-day-budget = the money for calls of today is spent (ZVONAR_DAILY_CALL_BUDGET)
campaign-stop-not-now = the others may be rung from { $at }
campaign-stop-refused = the telephone company refuses: { $reason }
campaign-stop-low-balance = Voximplant warns that little money is left; top the account up
campaign-go-on = Go on: { $command }

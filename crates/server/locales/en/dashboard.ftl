# Overview: what happened in the period and what to do about it

dash-title = Overview
dash-period = Period
dash-today = Today
dash-yesterday = Yesterday
dash-7 = 7 days
dash-30 = 30 days
dash-90 = 90 days
dash-from = From
dash-to = To
dash-show = Show
dash-all-managers = All managers
dash-manager = Manager
dash-rubric = Rubric
dash-any-rubric = Latest score
dash-export = Export

dash-calls = Calls
dash-scored = { $shown } scored
dash-average = Average score
dash-against = against { $range }
dash-no-before = no scores before
dash-few = little data
dash-weak = Weak, below 40
dash-weak-share = { $share } of scored
dash-missed = Missed
dash-not-rung = not rung back: { $shown }
dash-all-rung = all were rung back
dash-promises-late = Calls overdue
dash-promises-zero = no promises with a time
dash-promises-of = of { $shown } with promises
dash-spend = Spent
dash-per-call = { $money } per call
dash-spend-none = no paid services

dash-hear = Hear these first
dash-hear-go-weak = Listen through the weak: { $shown }
dash-hear-go-doubtful = Listen through the doubtful: { $shown }
dash-hear-none = Nothing urgent to hear: no critical failures and no weak calls in this period.
dash-why-critical = Critical: { $what }
dash-why-low = Low score
dash-why-high = High score
dash-why-review = Needs review
dash-why-promise = Promise overdue
dash-why-no-quote = no quote: never said
dash-no-phone = number hidden
dash-no-manager = no manager named

dash-trend = Average score by day
dash-trend-note = columns are calls
dash-trend-table = As a table
dash-trend-before = The dotted line and the pale columns are days before the chosen period, to compare with: { $days }.
dash-trend-click = A point or a column opens the calls of its day.
dash-trend-few = Little data: the chart needs at least 5 scored calls.
dash-day = Day
dash-day-calls = Calls
dash-day-scored = Scored
dash-day-score = Average score
dash-day-spent = Sum
dash-chart-day = { $day }
    { $score ->
        [none] no scores
       *[other] score { $score }
    }, { $count ->
        [one] { $shown } call
       *[other] { $shown } calls
    }

dash-managers = Managers
dash-managers-note = weakest first
dash-managers-all = { $count ->
    [one] All { $shown } manager
   *[other] All { $shown } managers
}
dash-col-manager = Manager
dash-col-scored = Scored
dash-col-score = Score
dash-col-change = Change
dash-col-weak = Below 40
dash-col-talk = Own talk
dash-col-not-rung = Not rung back
dash-everyone = Everyone
dash-managers-none = No managers in the calls of this period: the source named none.

dash-criteria = Criteria
dash-criteria-note = share of points earned
dash-col-criterion = Criterion
dash-col-earned = Earned
dash-criteria-none = No criteria were judged in this period.

dash-heat = Calls by hour
dash-heat-missed = Missed by hour
dash-heat-score = Average score by hour
dash-heat-what = What to show
dash-heat-calls-short = Calls
dash-heat-missed-short = Missed
dash-heat-score-short = Score
dash-heat-caption = Weekdays and hours, zone { $zone }. Colour and number say the same.
dash-heat-peak-missed = { $day }, { $hours }: { $shown } of { $all } missed.
dash-heat-none = Nothing to show by hour in this period.
dash-heat-cell = { $day }, { $hour }:00 — { $shown }

dash-objections = Objections
dash-objections-note = and the share handled
dash-col-objection = Objection
dash-col-objection-calls = Calls
dash-col-handled = Handled
dash-objections-none = No objections were heard in this period.

dash-back = Missed and not rung back
dash-back-note = { $count ->
    [one] { $shown } client, newest first
   *[other] { $shown } clients, newest first
}
dash-back-all = All { $shown }
dash-back-none = Every missed client was rung back.
dash-col-client = Client
dash-col-known = Known
dash-col-last = Last call
dash-col-times = Times rang
dash-col-waits = Waits
dash-new-client = new
dash-known-client = rang before

dash-promises = Promises to clients
dash-promises-note = overdue, then those still to come
dash-promises-none = No open promises.
dash-col-promise = Promised
dash-col-due = Due
dash-promise-late = Overdue
dash-money = Spent in the period
dash-col-item = For what
dash-col-volume = Volume
dash-col-sum = Sum
dash-item-speech = Speech to text
dash-item-analysis = Analysis
dash-item-telephony = AI calls
dash-item-calls = { $count ->
    [one] { $shown } call
   *[other] { $shown } calls
}
dash-total = Total
dash-money-today = Today { $spent } of { $limit } a day
dash-money-none = Nothing was spent in this period: speech and analysis run on this computer.
dash-money-days = By day

dash-empty-title = No calls in this period
dash-empty-text = Choose another period or add recordings.
dash-empty-newest = Show the latest calls
dash-first-title = No calls yet
dash-first-text = Point at a folder of recordings, connect telephony, or analyze one call right here.
dash-first-go = Analyze a call
dash-partial-title = { $count ->
    [one] Not everything is here: { $shown } call is still in work
   *[other] Not everything is here: { $shown } calls are still in work
}
dash-partial-text = Scores and promises appear when the queue gets to these calls.
dash-partial-go = Show these calls

dash-mon = Mon
dash-tue = Tue
dash-wed = Wed
dash-thu = Thu
dash-fri = Fri
dash-sat = Sat
dash-sun = Sun
dash-change-up = up by
dash-change-down = down by
dash-dial = Ring { $phone }
dash-promises-late-calls = { $count ->
    [one] Overdue in { $shown } call
   *[other] Overdue in { $shown } calls
}

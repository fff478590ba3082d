# /queue/schedule: what is done by the clock, and the check of a period.

schedule-title = Schedule
schedule-back = To the queue
schedule-hours = By the clock
schedule-zone = time: { $zone }
schedule-none = No schedules: calls are checked at your word alone.
schedule-name = Name
schedule-cron = Hours
schedule-cron-hint = Five fields of cron: minute, hour, day, month, weekday. “5 * * * *” is every hour, “30 9 * * 1-5” working days at 9:30. UIS calls since the last time are taken.
schedule-does = What it does
schedule-next = Next time
schedule-last = Last time
schedule-deeds = Deeds
schedule-stopped = Stopped
schedule-never = never
schedule-not-yet = not yet
schedule-run-now = Run now
schedule-pause-of = Stop: { $name }
schedule-resume-of = Let go on: { $name }
schedule-remove-of = Remove: { $name }
schedule-add = Add
schedule-rubric = Rubric
schedule-rubric-default = the default one
schedule-refused = The schedule is not kept
schedule-period = Check a period
schedule-period-text = Analyse the calls of a source on the chosen days. First you see how many there are and what it costs; what was analysed before is not paid again.
schedule-period-refused = The period cannot be checked
schedule-no-uis = UIS is not configured: set UIS_ACCESS_TOKEN.
schedule-source = Source
schedule-source-only = Source: { $source }.
schedule-source-folder = folder { $path }
schedule-no-source = Choose one of the sources offered.
schedule-no-days = Two dates are wanted, the first not after the second.
schedule-from = From
schedule-to = To (inclusive)
schedule-price = Show the price
schedule-about = About { $price }.
schedule-free = nothing
schedule-check = Check the period
schedule-calls = { $count ->
    [one] { $shown } call
   *[other] { $shown } calls
 }
schedule-open = { $count ->
    [one] { $shown } to analyse
   *[other] { $shown } to analyse
 }
schedule-unknown = { $count ->
    [one] The price of { $shown } call is not known.
   *[other] The price of { $shown } calls is not known.
 }
schedule-log = How it went
schedule-log-none = Nothing was done yet.
schedule-due = When
schedule-how = How it ended
schedule-by = Who asked
schedule-by-clock = the clock
schedule-missed = { $count ->
    [one] for { $shown } missed time
   *[other] for { $shown } missed times
 }
done-schedule-asked = It begins in a few seconds
done-schedule-added = The schedule is kept
done-schedule-paused = The schedule is stopped
done-schedule-resumed = The schedule works from this minute
done-schedule-removed = The schedule is removed
queue-schedule = Schedule

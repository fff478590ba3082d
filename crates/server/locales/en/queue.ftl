# The queue: does it run, and what to do if not

queue-title = Queue
queue-live-good = refreshes itself
queue-live-lost = connection lost, trying again
queue-refresh = Refresh
queue-pause-all = Stop all
queue-resume-all = Resume all
queue-by-hand = stopped by a person
queue-at = at { $time }

queue-paused-title = { $stage }: paused, { $reason }
queue-paused-waiting = { $count ->
    [one] { $shown } call waits
   *[other] { $shown } calls wait
   }, nothing is lost, no attempts are spent.
queue-paused-none = Nothing is lost, no attempts are spent.
queue-paused-self = We check by ourselves and go on without you.
queue-paused-person = Stopped by hand: goes on when you say so.
queue-paused-since = Since { $time }.
queue-resume = Resume
queue-check-now = Check now

queue-stages = Stages
queue-stage = Stage
queue-waiting = Waiting
queue-working = In work
queue-later = Later
queue-dead = Needs a person
queue-done = Done
queue-speed = Speed
queue-left = Left
queue-pause = Stop
queue-pause-of = Stop: { $stage }
queue-resume-of = Resume: { $stage }
queue-paused = Paused
queue-per-minute = { $shown }/min
queue-left-less = less than a minute
queue-left-waits = waits
queue-stage-fetch = Recording
queue-stage-transcribe = Speech to text
queue-stage-analyze = Analysis
queue-stage-deliver = Delivery

queue-now = In work now
queue-now-none = Nothing is in work at the moment.
queue-call = Call
queue-made = Done
queue-runs = Runs
queue-due = When
queue-due-now = now
queue-why-waits = Why it waits
queue-dead-title = Needs a person
queue-dead-note = { $count ->
    [one] { $shown } job that will not repeat by itself
   *[other] { $shown } jobs that will not repeat by themselves
}
queue-dead-none = Nothing is stuck: there is nothing to retry by hand.
queue-what = What happened and what to do
queue-attempts = Attempts
queue-choose = Choose: { $call }
queue-retry = Retry
queue-retry-of = Retry: { $call }
queue-retry-chosen = Retry chosen
queue-retry-all = Retry all
queue-chosen = 0 chosen
queue-open-calls = { $count ->
    [one] { $shown } call in work
   *[other] { $shown } calls in work
}
queue-chosen-head = Choice
queue-all-paused-title = All stages were stopped by hand
queue-all-paused-text = Nothing is lost, no attempts are spent. New calls gather in the queue.
done-queue-retried = The jobs are queued again
done-queue-none = Nothing to retry: nothing was chosen, or it was retried already
done-queue-paused = The stage is stopped. What was begun is finished
done-queue-resumed = The stage goes on
done-queue-all-paused = All stages are stopped. What was begun is finished
done-queue-all-resumed = All stages go on
done-call-retried = The call is in the queue again

# What comes by Telegram and mail. No names, no words of a call, two last digits of a number.

test-title = zvonar: a test
test-line = Notices arrive.

paused-title = Paused: { $stage }
paused-since = Stopped: { $at }.
what-to-do = What to do:
resumes-itself = No call is lost. When the obstacle is gone, work goes on by itself.
resumed-title = Works again: { $stage }
stood-for = It stood for { $time }.

budget-near-title = More than 80% of the budget is spent
budget-near-line = When it is gone, calls will wait for the next day.
budget-over-title = The budget is spent
budget-over-line = Calls wait for the next day. Raise the limit in the settings not to wait.
budget-figures = { $spent } of { $limit } spent.

failures-title = { $count ->
    [one] { $shown } call failed
   *[other] { $shown } calls failed
 }
failures-line = Reasons and retry: the page “Queue”, or zvonar queue list.

low-title = { $count ->
    [one] Low score: { $shown } call
   *[other] Low scores: { $shown } calls
 }

waits-title = { $count ->
    [one] { $shown } client was not called back
   *[other] { $shown } clients were not called back
 }
waits-line = number ending in …{ $ending }, waiting { $time }

digest-title = The day: { $day }
digest-empty = No calls.
digest-calls = { $count ->
    [one] { $shown } call, { $of } with a score
   *[other] { $shown } calls, { $of } with a score
 }
digest-average = Average score { $average }
digest-average-beside = Average score { $average } ({ $change } against the week before)
digest-missed = { $count ->
    [one] { $shown } missed, not called back: { $of }
   *[other] { $shown } missed, not called back: { $of }
 }
digest-review = To be checked: { $shown }
digest-failed = Failed: { $shown }
digest-spent = Spent { $spent }
digest-hear = To listen to first

a-call = a call
and-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
 }
open-queue = Open the queue
open-dashboard = Open the overview

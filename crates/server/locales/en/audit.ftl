# The log: done to what

audit-too-often = too many tries
audit-password = with a password
audit-session = this session
audit-sessions = { $count ->
    [one] { $shown } session ended
   *[other] { $shown } sessions ended
  }
audit-words = hidden words, digest { $digest }
audit-log = the log
audit-receipts = receipts of erasures
audit-erasure = receipt { $receipt }, { $calls }
audit-forgot-recordings = recordings: { $shown }
audit-forgot-words = words of calls: { $shown }
audit-forgot-answers = answers of the model: { $shown }
audit-forgot-dialogues = AI dialogues: { $shown }
audit-forgot-lines = lines of the log: { $shown }
audit-forgot-receipts = receipts: { $shown }
audit-taken-back = { $call } { $key }: taken back
audit-retry = { $count ->
    [one] { $shown } job tried again
   *[other] { $shown } jobs tried again
  }
audit-retry-call = call { $call } tried again
audit-pause = paused: { $stages }
audit-resume = resumed: { $stages }
audit-period = period { $from } — { $to } checked
audit-schedule-add = schedule added
audit-schedule-run = schedule: do it now
audit-schedule-pause = schedule paused
audit-schedule-resume = schedule resumed
audit-schedule-remove = schedule removed
audit-rescore = judged anew { $call }: { $rubric }
audit-redeliver = delivery { $id } tried again
audit-hook-added = webhook { $id } added
audit-hook-removed = webhook { $id } removed
audit-shut = may not come in
audit-open = may come in

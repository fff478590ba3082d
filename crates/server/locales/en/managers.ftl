# Managers: whom to help, and with what

managers-title = Managers
managers-note = { $count ->
    [one] { $shown } manager, weakest first
   *[other] { $shown } managers, weakest first
}
managers-col-calls = Calls
managers-col-missed = Missed
managers-empty-title = No managers yet
managers-empty-text = They appear when the source of calls says who spoke.
manager-back = Managers
manager-own = My figures
manager-against-all = everyone: { $shown }
manager-talk = Own talk
manager-talk-norm = norm 40–60
manager-criteria = Criteria
manager-criteria-note = weak points first
manager-col-all = Everyone
manager-worst = Go through together
manager-worst-note = lowest scores
manager-worst-go = Listen through { $shown }
manager-best = Take as a model
manager-best-note = highest scores
manager-none-worst = No scored calls in this period.
manager-disputes = Open disputes
manager-disputes-none = No open disputes.
manager-dispute-whole = the whole score
manager-dispute-call = Call
manager-dispute-what = What is disputed
manager-dispute-why = Why
manager-dispute-since = Opened
manager-promises = Promises
manager-empty-text = Choose another period.
manager-best-few = Too few scored calls to choose the best of.

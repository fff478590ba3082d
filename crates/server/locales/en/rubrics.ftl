# Rubrics: what calls are judged by, and what an edit would change

rubrics-title = Rubrics
rubrics-note = { $count ->
    [one] { $shown } rubric
   *[other] { $shown } rubrics
}
rubrics-new = New rubric
rubrics-col-set = Rubric
rubrics-col-criteria = Criteria
rubrics-col-revision = Revision
rubrics-default = default
rubrics-builtin = built in
rubrics-own = own
rubrics-broken-title = A rubric with a mistake cannot be read
rubric-criteria-count = { $count ->
    [one] { $shown } criterion
   *[other] { $shown } criteria
}

rubric-new-title = New rubric
rubric-back = Rubrics
rubric-text = Text of the rubric, TOML
rubric-text-help = Checked as you write. Each remark names its line and field.
rubric-check = Check
rubric-save = Save revision
rubric-builtin-note = This rubric is part of the program. A saved edit becomes your own with the same id and takes its place.
rubric-errors = { $count ->
    [one] { $shown } error
   *[other] { $shown } errors
}
rubric-warnings = { $count ->
    [one] { $shown } remark
   *[other] { $shown } remarks
}
rubric-good = No errors
rubric-line = line { $line }
rubric-preview = How people will see it
rubric-preview-none = The preview appears when the text has no errors.
rubric-weight = weight { $weight }
rubric-no-weight = no points
rubric-critical = critical
rubric-cap = at most { $cap }
rubric-by-rules = rules
rubric-needs-model = needs a model
rubric-kind-score = points { $low }–{ $high }
rubric-kind-flag = yes or no
rubric-kind-choice = choice
rubric-kind-text = text
rubric-kind-list = list
rubric-kind-number = number
rubric-test = Try on calls
rubric-test-note = The latest calls are judged anew by this text and compared. Nothing is kept.
rubric-test-limit = How many calls
rubric-test-go = Compare
rubric-test-busy = Comparing…
rubric-test-none = Nothing to compare with: there are no calls with words.
rubric-test-errors = Mend the errors in the text first.
rubric-test-title = Old and new
rubric-test-calls = { $count ->
    [one] { $shown } call
   *[other] { $shown } calls
}
rubric-test-mean-old = Mean before
rubric-test-mean-new = Mean after
rubric-test-better = Rose
rubric-test-worse = Fell
rubric-test-same = Unchanged
rubric-test-cost = It cost { $money }
rubric-test-free = Free: judged on this computer
rubric-col-call = Call
rubric-col-old = Before
rubric-col-new = After
rubric-col-change = Difference
rubric-col-moved = What moved
rubric-test-failed = Failed: { $reason }
rubric-test-paid-title = Comparing costs money
rubric-test-paid = { $engine } judges: each call is paid for like any analysis.

rubric-not-saved-title = Not saved: the text has errors
rubric-not-saved-text = Mend the marked lines. The former revision stays in force.
rubric-id-changed = the id was changed: a new rubric “{ $id }” will be kept beside the former
rubrics-col-critical = Critical
done-rubric-saved = A new revision is saved. Old scores keep theirs
done-rubric-same = No changes: this revision is kept already
rubrics-col-for = What for

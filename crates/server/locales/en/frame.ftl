# Words of the frame: navigation, shared parts, keys.

brand = zvonar
skip = Skip to content
find = Find
find-everywhere = Find in calls: a word, a number, a name
nav = Sections
nav-dashboard = Dashboard
nav-history = History
nav-analyze = Analyze
nav-managers = Managers
nav-queue = Queue
nav-rubrics = Rubrics
nav-settings = Settings
nav-more = More
this-computer = This computer
role-open = open without sign-in
role-admin = administrator
role-supervisor = supervisor
role-manager = manager
role-integration = program
theme-dark = Dark theme
theme-light = Light theme
sign-out = Sign out
close = Close
listen-from = Listen from { $time }

keys-title = Keys
keys-search = search
keys-pages = dashboard, history, analyze, managers, queue
keys-next = next and previous call
keys-open = open
keys-space-name = Space
keys-space = play and stop
keys-seek = 5 seconds back and forward
keys-quote = previous and next quote
keys-speed = speed
keys-override = change a verdict
keys-escape = close
keys-on = Letter keys are on

speaker-operator = Operator
speaker-client = Client
speaker-unknown = Voice
verdict-met = Yes
verdict-partly = Partly
verdict-not-met = No
verdict-not-applicable = Not applicable
verdict-cannot-tell = Not assessed
verdict-review = Needs review
verdict-changed = Changed by a person
direction-in = Incoming
direction-out = Outgoing
direction-internal = Internal
direction-unknown = Direction unknown

calls-count = { $shown } { $count ->
    [one] call
   *[other] calls
  }
trouble-again = Try again
trouble-home = To history

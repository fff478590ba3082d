# Errors of the command line and the words of help.

usage-no-value = { $arg }: the value is missing
usage-invalid-value = { $arg } does not take “{ $value }”
usage-unknown-argument = There is no flag { $arg }
usage-unknown-command = There is no command “{ $name }”
usage-conflict = { $arg } and { $other } do not go together
usage-twice = { $arg } is given twice
usage-missing = Missing: { $args }
usage-missing-command = The command is missing
usage-number-of-values = { $arg }: not the number of values that it takes
usage-invalid-utf8 = An argument cannot be read as text
usage-did-you-mean = Did you mean “{ $name }”?
usage-valid = Possible: { $values }
usage-more = More: { $command } --help
usage-options = OPTIONS
usage-command = COMMAND
heading-usage = Usage
heading-commands = Commands
heading-arguments = Arguments
heading-options = Options
heading-examples = Examples
help-default = default
reference-title = Command line
reference-intro = Results go to stdout, progress and remarks to stderr. Exit codes: 0 all well, 1 in this run some calls failed, some still wait, or a report was not written, 2 wrong usage or settings, 3 a provider refused access, 130 stopped by a person.

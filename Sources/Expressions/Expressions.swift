// References, jq queries, output formats and shell quoting: compile, check, evaluate.

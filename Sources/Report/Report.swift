// Plan, run and journal to what a person or a program reads.

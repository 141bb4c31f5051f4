// The flag table and one file per command.

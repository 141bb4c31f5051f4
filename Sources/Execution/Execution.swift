// Plan, journal and transport to an outcome.

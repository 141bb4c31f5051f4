// Local clusters to try runbooks on.

// Doubles and fixtures that tests share; doubles say so in their names.

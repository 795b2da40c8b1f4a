"""The rules. Each takes a session, an actor, values and a time; none commits or reads the clock."""

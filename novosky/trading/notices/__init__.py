"""Who is told, of what, how often; the bot neither waits for it nor fails with it."""

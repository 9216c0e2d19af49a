"""Commands from Telegram: a thread listens to listed chats, the bot's cycle takes what it is asked to do."""

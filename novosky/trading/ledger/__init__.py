"""What the bot wrote down: rows are added, never changed; every state is derived from them."""

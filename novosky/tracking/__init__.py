"""Where runs are compared: their own folders, and W&B where asked for. Modes hand over what they wrote."""

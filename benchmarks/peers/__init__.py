"""The same plain strategy through other libraries, trade by trade."""

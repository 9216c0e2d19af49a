"""The checks of `mode=audit`: one idea a file, each able to fail the user's own config, data, features and models."""

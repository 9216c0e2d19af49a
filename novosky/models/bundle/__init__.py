"""The set of stages: manifests, links, golden rows, files that are replaced as a whole."""

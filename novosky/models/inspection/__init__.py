"""For the developer: ONNX, pickles and the load order of the original. Nothing here decides a trade."""

"""Models answering: ONNX Runtime over named arrays."""

"""Trainers, and the ONNX files that are made of what they learned."""

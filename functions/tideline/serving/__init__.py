"""The serving path: from an HTTP body to an answer, importing little enough to start in a blink.

Of installed packages only msgspec is imported; ONNX Runtime is reached through its C library. pydantic,
boto3, NumPy and Powertools stay out: each would cost more of a cold start than everything here together.
"""

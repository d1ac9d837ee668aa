"""The Open Inference Protocol, version 2, over HTTP: the same models for clients that speak it.

https://github.com/open-inference/open-inference-protocol and, for tensors behind the JSON, the extension of
https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/protocol/extension_binary_data.html
"""

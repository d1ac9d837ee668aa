"""The whole loop on the local cloud: a real cdk deploy, real functions, IAM enforced, real data."""

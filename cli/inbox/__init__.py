"""The users' side: putting files into the inbox and waiting for what becomes of them."""

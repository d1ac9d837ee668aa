"""Who somebody is, out of the ARN by which IAM names them, so that two ARNs can be told to be one person."""

from __future__ import annotations

import re

_ARN = re.compile(r"arn:(aws[a-z-]*):(iam|sts)::([0-9]{12}):(root|[a-z-]+/[\x21-\x7e]+)")
# Roles of IAM Identity Center; it names each session after the person who signed in.
# https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
_SIGN_ON = "AWSReservedSSO_"


def principal(arn: str) -> str:
    """Return the principal behind an ARN; two ARNs are the same approver where this is the same.

    - An IAM user, a federated user and the account's root are named by their ARNs as they are.
    - A session of a role is the role: whoever may assume it chooses the session's name, and would otherwise
      approve, under another name, what they asked for. So two people who share a role cannot approve for each
      other; give operators and approvers roles of their own.
    - A session of an IAM Identity Center role is the person, whatever their permission set: Identity Center
      itself sets the session's name to the user's. Somebody with two permission sets is one person.

    Names in IAM differ in more than upper and lower case, so that case does not count.

    Raises:
        ValueError: it is no ARN of a principal.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"{arn[:100]!r} is not the ARN of a principal")
    partition, _, account, resource = match.groups()
    kind, _, name = resource.partition("/")
    if kind == "assumed-role":
        role, _, session = name.partition("/")
        if role.startswith(_SIGN_ON) and session:
            return f"identity-center:{session}".casefold()
        return _role(partition, account, role)
    if kind == "role":
        # With its path, which the ARN of a session leaves out.
        return _role(partition, account, name.rpartition("/")[2])
    return arn.casefold()


def is_principal(claim: str) -> bool:
    """Tell whether somebody is named by an ARN, and not by a name that only people understand."""
    return _ARN.fullmatch(claim) is not None


def _role(partition: str, account: str, role: str) -> str:
    return f"arn:{partition}:iam::{account}:role/{role}".casefold()

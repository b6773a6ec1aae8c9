"""Speaks LTI 1.3 and Advantage; knows nothing of learning."""

from lti.models import (
    Context,
    DeepLinkRequest,
    Delivery,
    LineItem,
    Membership,
    OutgoingScore,
    Platform,
    ResourceLink,
    User,
)

__all__ = [
    "Context",
    "DeepLinkRequest",
    "Delivery",
    "LineItem",
    "Membership",
    "OutgoingScore",
    "Platform",
    "ResourceLink",
    "User",
]

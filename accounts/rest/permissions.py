"""What a key may do: reading is for every key, everything else for those that may order."""

from __future__ import annotations

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.rest.problems import SCOPE_MISSING, Refusal


class InScope(BasePermission):
    def has_permission(self, request: Request, view: object) -> bool:
        """Raises Refusal."""
        if request.method in SAFE_METHODS or request.auth.scope == ApiKey.Scope.ORDER:
            return True
        raise Refusal(SCOPE_MISSING)

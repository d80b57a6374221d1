"""The trade's service types as data. One declaration per type drives the form, the API's
parameters, the validation (`services.parameters`), the price (`services.pricing`) and what is sent
to the provider. Source: docs/service-types.md.
"""

from services.types.declaring import Counting, Feature, Parameter, ServiceType, Shape, TypeSpec
from services.types.specs import SPECS, spec_of

__all__ = [
    "SPECS",
    "Counting",
    "Feature",
    "Parameter",
    "ServiceType",
    "Shape",
    "TypeSpec",
    "spec_of",
]

"""Give every response its weight, stratum and cluster, under the same names in every wave."""

from stemcareers.weight.design import responses

__all__ = ["responses"]

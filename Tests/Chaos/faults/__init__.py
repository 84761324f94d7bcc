"""Every fault, by its kind."""
from . import clocks, links, network, nodes, postgres, redis, resources

ALL = {fault.kind: fault for module in (nodes, postgres, redis, links, network, resources, clocks) for fault in module.FAULTS}

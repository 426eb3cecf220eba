import Testing

/// One server after the other: they share two cores with whatever else is tested.
@Suite(.serialized) struct ServerTests {}

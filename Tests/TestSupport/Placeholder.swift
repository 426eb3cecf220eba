// Placeholder until the first helper of the tests lands.

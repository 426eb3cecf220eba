extension Duration {
    /// The whole of it in seconds, to a double's precision.
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

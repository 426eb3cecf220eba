import AsyncHTTPClient
import ZondaCore

/// The proxy that the environment names, as curl reads it.
enum HubProxy {
    /// The proxy for an address; nil where there is none.
    ///
    /// - Parameter variables: `https_proxy`, `http_proxy` and `no_proxy`.
    static func proxy(
        for url: HubURL, _ variables: [String: String]
    ) throws(ZondaError) -> HTTPClient.Configuration.Proxy? {
        let key = url.isSecure ? "https_proxy" : "http_proxy"
        guard let text = variables[key], !isExcepted(url.host, variables["no_proxy"] ?? "") else { return nil }
        guard let parsed = HubProxyAddress(text) else {
            throw ZondaError(
                .badRequest, "\(key) is \"\(PlainText.shown(text))\"", remedy: "write it as http://HOST:PORT")
        }
        guard let (user, password) = parsed.credentials else { return .server(host: parsed.host, port: parsed.port) }
        return .server(
            host: parsed.host, port: parsed.port, authorization: .basic(username: user, password: password))
    }

    /// A host, a domain with or without a leading dot, or `*`.
    static func isExcepted(_ host: String, _ exceptions: String) -> Bool {
        exceptions.split(whereSeparator: { $0 == "," || $0 == " " }).contains { entry in
            let name = entry.lowercased().drop { $0 == "." }
            return entry == "*" || host == name || host.hasSuffix("." + name)
        }
    }
}

/// `http://USER:PASSWORD@HOST:PORT`; scheme, user and port may be left out.
struct HubProxyAddress {
    let host: String
    let port: Int
    let credentials: (user: String, password: String)?

    init?(_ text: String) {
        var rest = text[...]
        if let range = rest.firstRange(of: "://") {
            guard rest[..<range.lowerBound].lowercased() == "http" else { return nil }
            rest = rest[range.upperBound...]
        }
        while rest.last == "/" { rest.removeLast() }
        if let at = rest.lastIndex(of: "@") {
            let user = rest[..<at].prefix { $0 != ":" }
            credentials = (String(user), String(rest[..<at].dropFirst(user.count + 1)))
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = nil
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !parts[0].isEmpty else { return nil }
        guard let port = parts.count == 2 ? Int(parts[1]) : 80, (1...65535).contains(port) else { return nil }
        (host, self.port) = (String(parts[0]), port)
    }
}

import Glibc
import ZondaCore

/// What the environment says of the Hugging Face hub: the variables of `huggingface_hub`, with its defaults.
///
/// The cache is `HF_HUB_CACHE`, else `HF_HOME/hub`, else `XDG_CACHE_HOME/huggingface/hub`, else
/// `~/.cache/huggingface/hub`. Source: huggingface_hub's `constants.py` and its reference of environment variables.
public struct HubEnvironment: Sendable {
    /// The folder that the models are in, shared with `huggingface_hub`.
    public let cache: String
    /// `HF_ENDPOINT`, without a slash at its end.
    public let endpoint: String
    /// `HF_HUB_OFFLINE`: nothing is asked of the network.
    public let isOffline: Bool
    /// What is sent to the endpoint: `HF_TOKEN`, else the text of `tokenPath`.
    public let token: HubToken?
    /// The file that `hf auth login` writes: `HF_TOKEN_PATH`, else `HF_HOME/token`.
    public let tokenPath: String
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case, as they are written.
    public let proxies: [String: String]
    private let home: String?

    public static let defaultEndpoint = "https://huggingface.co"
    /// Above what any token is.
    private static let maxTokenByteCount = 4096

    private static let keys = [
        "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE",
        "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    ]
    private static let proxyKeys = ["https_proxy", "http_proxy", "no_proxy"]

    /// Reads the process's environment, and the token's file.
    public init() {
        var environment: [String: String] = [:]
        for key in Self.keys + Self.proxyKeys + Self.proxyKeys.map({ $0.uppercased() }) {
            environment[key] = getenv(key).map { String(cString: $0) }
        }
        self.init(environment: environment)
    }

    public init(environment: [String: String]) {
        func value(_ key: String) -> String? { environment[key].flatMap { $0.isEmpty ? nil : $0 } }
        func isOn(_ key: String) -> Bool { ["1", "ON", "YES", "TRUE"].contains(value(key)?.uppercased()) }
        let home = value("HOME")
        func folder(_ key: String) -> String? { value(key).map { Self.expand($0, home) } }
        let caches = folder("XDG_CACHE_HOME") ?? Self.expand("~/.cache", home)
        let hub = folder("HF_HOME") ?? "\(caches)/huggingface"
        self.home = home
        cache = folder("HF_HUB_CACHE") ?? folder("HUGGINGFACE_HUB_CACHE") ?? "\(hub)/hub"
        var endpoint = value("HF_ENDPOINT") ?? Self.defaultEndpoint
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        self.endpoint = endpoint
        isOffline = isOn("HF_HUB_OFFLINE") || isOn("TRANSFORMERS_OFFLINE")
        let path = folder("HF_TOKEN_PATH") ?? "\(hub)/token"
        tokenPath = path
        if isOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
            token = nil
        } else if let key = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].first(where: { value($0) != nil }) {
            token = value(key).flatMap { HubToken($0, source: key) }
        } else {
            token = FileSystem.text(of: path, cap: Self.maxTokenByteCount).flatMap { HubToken($0, source: path) }
        }
        var proxies: [String: String] = [:]
        for key in Self.proxyKeys { proxies[key] = value(key) ?? value(key.uppercased()) }
        self.proxies = proxies
    }

    /// The same environment with another cache.
    public func with(cache: String) -> HubEnvironment {
        HubEnvironment(self, cache: Self.expand(cache, home))
    }

    private init(_ other: HubEnvironment, cache: String) {
        self.cache = cache
        (endpoint, isOffline, token) = (other.endpoint, other.isOffline, other.token)
        (tokenPath, proxies, home) = (other.tokenPath, other.proxies, other.home)
    }

    /// A path with `~` written out.
    package func expand(_ path: String) -> String { Self.expand(path, home) }

    private static func expand(_ path: String, _ home: String?) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst()
    }
}

/// What proves to the hub who is asking. Its text is in no description, so that no message or log has it.
public struct HubToken: Sendable, CustomStringConvertible {
    package let text: String
    /// The variable or the file that it comes from.
    public let source: String

    /// Nil for a text without a token in it.
    init?(_ text: String, source: String) {
        let token = text.trimmed
        // A token is part of a header's line.
        guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.text = token
        self.source = source
    }

    public var description: String { "the token of \(source)" }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...last])
    }
}

import Crypto
import NIOCore
import NIOHTTP1
import NIOPosix
import OrderedCollections
import Synchronization
import ZondaFormats

/// A server that plays the hub, and another that plays the storage that it leads to for large files.
///
/// The hub is `127.0.0.1`, the storage is `localhost`: other hosts, as far as a client can tell. What it answers can be
/// changed before it is sent: `intercept`.
final class FakeHub: Sendable {
    struct File: Sendable {
        let bytes: [UInt8]
        /// In LFS storage: named by its SHA-256, and kept by the other server.
        let isLarge: Bool
        let sha256: String
        let gitSHA1: String

        init(bytes: [UInt8], isLarge: Bool) {
            self.bytes = bytes
            self.isLarge = isLarge
            sha256 = hex(SHA256.hash(data: bytes))
            gitSHA1 = hex(Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes))
        }

        var etag: String { isLarge ? sha256 : gitSHA1 }
    }

    struct Repository: Sendable {
        var files: [String: File] = [:]
        /// Branches and tags, with the commits that they stand for.
        var revisions = ["main": commit]
        /// Nobody may have its files but who sends this.
        var token: String?
        var isGated = false
    }

    struct Request: Sendable {
        var isStorage: Bool
        var method: HTTPMethod
        var path: String
        var query: String
        var headers: HTTPHeaders

        var range: ClosedRange<Int>? {
            guard let text = headers.first(name: "Range"), text.hasPrefix("bytes=") else { return nil }
            let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let first = Int(ends[0]) else { return nil }
            return first...(Int(ends[1]) ?? .max - 1)
        }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// The length in the head; nil for a body in chunks.
        var length: Int?
        /// Closes the connection after this many bytes of the body.
        var cut: Int?
        /// Before the head, and between pieces of 64 KiB.
        var delay: TimeAmount = .zero
    }

    static let commit = String(repeating: "c0ffee00", count: 5)

    let port: Int
    let storagePort: Int
    private let channels: [any Channel]
    private let state: Mutex<State>

    fileprivate struct State: Sendable {
        var repositories: [String: Repository]
        var requests: [Request] = []
        var pageSize = 1000
        var intercept: @Sendable (Request, Int, inout Answer) -> Void = { _, _, _ in }
    }

    var endpoint: String { "http://127.0.0.1:\(port)" }

    /// All requests so far.
    var requests: [Request] { state.withLock { $0.requests } }

    /// Requests for the bytes of a file.
    func fetches(of path: String) -> [Request] {
        let etags = state.withLock { state in
            state.repositories.values.compactMap { $0.files[path] }.map { "/store/\($0.sha256)" }
        }
        return requests.filter {
            $0.method == .GET && ($0.isStorage ? etags.contains($0.path) : $0.path.hasSuffix("/\(path)"))
        }
    }

    static func start(_ repositories: [String: Repository]) async throws -> FakeHub {
        try await FakeHub(repositories)
    }

    private init(_ repositories: [String: Repository]) async throws {
        let box = Box()
        func listen(isStorage: Bool) async throws -> any Channel {
            try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 256)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(Handler(box: box, isStorage: isStorage))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }
        channels = [try await listen(isStorage: false), try await listen(isStorage: true)]
        port = channels[0].localAddress?.port ?? 0
        storagePort = channels[1].localAddress?.port ?? 0
        state = Mutex(State(repositories: repositories))
        box.hub = self
    }

    deinit { for channel in channels { channel.close(promise: nil) } }

    /// Changes what is answered: the request, how many like it (same server, method and path) came before, the answer.
    func intercept(_ body: @escaping @Sendable (Request, Int, inout Answer) -> Void) {
        state.withLock { $0.intercept = body }
    }

    func setPageSize(_ size: Int) { state.withLock { $0.pageSize = size } }

    func update(_ name: String, _ body: (inout Repository) -> Void) {
        state.withLock { body(&$0.repositories[name, default: Repository()]) }
    }

    fileprivate func answer(_ request: Request) -> Answer {
        let (state, number) = state.withLock { state in
            let number = state.requests.count {
                $0.isStorage == request.isStorage && $0.method == request.method && $0.path == request.path
            }
            state.requests.append(request)
            return (state, number)
        }
        var answer = request.isStorage ? storage(request, state) : hub(request, state)
        answer.headers["Date"] = "Thu, 26 Nov 2026 12:00:00 GMT"
        state.intercept(request, number, &answer)
        return answer
    }

    private func storage(_ request: Request, _ state: State) -> Answer {
        let digest = request.path.dropFirst("/store/".count)
        guard request.query == "signature=secret",
            let file = state.repositories.values.flatMap(\.files.values).first(where: {
                $0.isLarge && $0.sha256 == digest
            })
        else { return Answer(status: 403) }
        return Self.content(file.bytes, request)
    }

    private static func content(_ bytes: [UInt8], _ request: Request) -> Answer {
        var answer = Answer(status: 200, headers: ["Accept-Ranges": "bytes"], body: bytes, length: bytes.count)
        if let range = request.range {
            guard range.lowerBound < bytes.count else { return Answer(status: 416, length: 0) }
            let part = Array(bytes[range.lowerBound...min(range.upperBound, bytes.count - 1)])
            answer.status = 206
            answer.headers["Content-Range"] =
                "bytes \(range.lowerBound)-\(range.lowerBound + part.count - 1)/\(bytes.count)"
            (answer.body, answer.length) = (part, part.count)
        }
        return answer
    }

    private func hub(_ request: Request, _ state: State) -> Answer {
        let parts = request.path.split(separator: "/").map(String.init).map(Self.decoded)
        if parts.starts(with: ["api", "models"]) {
            if parts.count == 2 {
                let wanted = request.query.split(separator: "&").first { $0.hasPrefix("search=") }?.dropFirst(7) ?? ""
                let names = state.repositories.keys.filter { $0.lowercased().contains(wanted.lowercased().prefix(4)) }
                return Self.json(.array(names.sorted().map { .object(["id": .string($0)]) }))
            }
            guard parts.count >= 4, let repository = state.repositories["\(parts[2])/\(parts[3])"] else {
                return Self.problem(401, "RepoNotFound")
            }
            return api("\(parts[2])/\(parts[3])", repository, Array(parts.dropFirst(4)), request, state)
        }
        guard parts.count >= 5, parts[2] == "resolve", let repository = state.repositories["\(parts[0])/\(parts[1])"]
        else { return Self.problem(404, "RepoNotFound") }
        return resolve(repository, parts[3], parts.dropFirst(4).joined(separator: "/"), request)
    }

    private func api(
        _ name: String, _ repository: Repository, _ parts: [String], _ request: Request, _ state: State
    ) -> Answer {
        if parts == ["refs"] {
            let names = repository.revisions.keys.sorted()
            return Self.json(
                .object(["branches": .array(names.map { .object(["name": .string($0)]) }), "tags": .array([])]))
        }
        let revision = parts.count > 1 ? parts[1] : "main"
        guard let commit = Self.commit(revision, repository) else { return Self.problem(404, "RevisionNotFound") }
        let paths = repository.files.keys.sorted()
        guard parts.first == "tree" else {
            return Self.json(
                .object([
                    "_id": "0", "id": .string(name), "modelId": .string(name), "sha": .string(commit), "private": false,
                    "tags": .array([]), "downloads": 0, "likes": 0,
                    "siblings": .array(paths.map { .object(["rfilename": .string($0)]) }),
                ]))
        }
        let cursor = request.query.split(separator: "&").first { $0.hasPrefix("cursor=") }.flatMap {
            Int($0.dropFirst(7))
        }
        let page = paths.dropFirst(cursor ?? 0).prefix(state.pageSize)
        var answer = Self.json(.array(page.map { Self.entry($0, repository.files[$0]!) }))
        let next = (cursor ?? 0) + state.pageSize
        if next < paths.count {
            answer.headers["Link"] = "<\(endpoint)\(request.path)?recursive=true&cursor=\(next)>; rel=\"next\""
        }
        return answer
    }

    static func entry(_ path: String, _ file: File) -> JSONValue {
        guard file.isLarge else {
            return .object([
                "type": "file", "oid": .string(file.gitSHA1), "size": .integer(file.bytes.count), "path": .string(path),
            ])
        }
        return .object([
            "type": "file", "oid": .string(String(repeating: "1", count: 40)), "size": .integer(file.bytes.count),
            "lfs": .object(["oid": .string(file.sha256), "size": .integer(file.bytes.count), "pointerSize": 134]),
            "path": .string(path),
        ])
    }

    private func resolve(_ repository: Repository, _ revision: String, _ path: String, _ request: Request) -> Answer {
        guard let commit = Self.commit(revision, repository) else { return Self.problem(404, "RevisionNotFound") }
        if let token = repository.token, request.headers.first(name: "Authorization") != "Bearer \(token)" {
            let hasToken = request.headers.contains(name: "Authorization")
            return Self.problem(hasToken ? 403 : 401, repository.isGated ? "GatedRepo" : "")
        }
        guard let file = repository.files[path] else {
            var answer = Self.problem(404, "EntryNotFound")
            answer.headers["X-Repo-Commit"] = commit
            return answer
        }
        let tags = ["X-Repo-Commit": commit, "ETag": "\"\(file.etag)\""]
        guard file.isLarge else {
            var answer = Self.content(file.bytes, request)
            answer.headers.merge(tags) { $1 }
            return answer
        }
        let linked = [
            "X-Linked-Etag": "\"\(file.sha256)\"", "X-Linked-Size": "\(file.bytes.count)",
            "Location": "http://localhost:\(storagePort)/store/\(file.sha256)?signature=secret",
        ]
        return Answer(status: 302, headers: tags.merging(linked) { $1 }, length: 0)
    }

    private static func commit(_ revision: String, _ repository: Repository) -> String? {
        repository.revisions[revision] ?? (repository.revisions.values.contains(revision) ? revision : nil)
    }

    private static func json(_ value: JSONValue) -> Answer {
        let body = Array(value.text.utf8)
        return Answer(status: 200, headers: ["Content-Type": "application/json"], body: body, length: body.count)
    }

    private static func problem(_ status: Int, _ code: String) -> Answer {
        Answer(status: status, headers: code.isEmpty ? [:] : ["X-Error-Code": code], length: 0)
    }

    private static func decoded(_ part: String) -> String {
        var (bytes, rest) = ([UInt8](), part.utf8[...])
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                rest = rest.dropFirst(2)
                bytes.append(value)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

func hex(_ digest: some Sequence<UInt8>) -> String {
    digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// What the listeners are made with before there is a hub to ask.
private final class Box: Sendable {
    private let held = Mutex<Weak>(Weak())

    private struct Weak: Sendable { weak var hub: FakeHub? }

    var hub: FakeHub? {
        get { held.withLock { $0.hub } }
        set { held.withLock { $0.hub = newValue } }
    }
}

/// One connection; owned by its event loop.
private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: Box
    private let isStorage: Bool
    private var head: HTTPRequestHead?

    private static let pieceByteCount = 64 << 10

    init(box: Box, isStorage: Bool) {
        self.box = box
        self.isStorage = isStorage
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head, let hub = box.hub else { return context.close(promise: nil) }
            let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
            let request = FakeHub.Request(
                isStorage: isStorage, method: head.method, path: parts[0], query: parts.count > 1 ? parts[1] : "",
                headers: head.headers)
            send(hub.answer(request), head, context)
        }
    }

    private func send(_ answer: FakeHub.Answer, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status))
        for (name, value) in answer.headers { head.headers.replaceOrAdd(name: name, value: value) }
        if let length = answer.length {
            head.headers.replaceOrAdd(name: "Content-Length", value: "\(length)")
        } else if request.method != .HEAD {
            head.headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        }
        let body = request.method == .HEAD ? [] : answer.cut.map { Array(answer.body.prefix($0)) } ?? answer.body
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let isCut = answer.cut != nil
        let start: @Sendable () -> Void = { [head] in
            let (handler, context) = bound.value
            context.writeAndFlush(handler.wrapOutboundOut(.head(head)), promise: nil)
            handler.sendBody(body[...], delay: answer.delay, isCut: isCut, context)
        }
        if answer.delay == .zero { start() } else { context.eventLoop.scheduleTask(in: answer.delay, start) }
    }

    private func sendBody(_ body: ArraySlice<UInt8>, delay: TimeAmount, isCut: Bool, _ context: ChannelHandlerContext) {
        guard !body.isEmpty else {
            guard isCut else { return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil) }
            return context.close(promise: nil)
        }
        let piece = delay == .zero ? body : body.prefix(Self.pieceByteCount)
        let rest = body.dropFirst(piece.count)
        let buffer = context.channel.allocator.buffer(bytes: piece)
        let sent = context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let go: @Sendable () -> Void = { bound.value.0.sendBody(rest, delay: delay, isCut: isCut, bound.value.1) }
        if delay == .zero {
            sent.whenComplete { _ in go() }
        } else {
            context.eventLoop.scheduleTask(in: delay, go)
        }
    }
}

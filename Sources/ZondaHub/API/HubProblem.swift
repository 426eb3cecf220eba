import NIOHTTP1
import ZondaCore
import ZondaFormats

/// What was asked of the hub, for the message when it says no.
struct HubSubject: Sendable {
    let id: HubID
    let revision: String
    var file: String?

    var description: String { file.map { "\($0) of \(id)" } ?? "\(id)" }
}

/// Says what an answer that is no success means, and what to do.
///
/// Source: huggingface_hub's `hf_raise_for_status` for the header `X-Error-Code` and what the codes mean. The hub answers
/// 401 and not 404 for a model that does not exist when it does not know who is asking.
struct HubProblem {
    let transport: HubTransport
    let subject: HubSubject

    func failure(_ response: HubResponse) -> HubFailure {
        let status = Int(response.status.code)
        let code = response.headers.first(name: "X-Error-Code") ?? ""
        switch (status, code) {
        case (408, _), (429, _), (500, _), (502, _), (503, _), (504, _): return later(response)
        case (_, "GatedRepo"): return .final(gated())
        case (_, "RevisionNotFound"): return .missing(.revision, noRevision)
        case (_, "EntryNotFound"): return .final(noFile)
        case (401, _) where transport.token != nil && code != "RepoNotFound": return .final(badToken)
        case (401, _), (404, "RepoNotFound"): return .missing(.model, noRepository)
        case (403, _): return .final(forbidden(response))
        case (404, _): return subject.file == nil ? .missing(.model, noRepository) : .final(noFile)
        default:
            return .final(
                ZondaError(
                    .networkFailed, "\(response.url) answers \(status)\(said(response))",
                    remedy: "check HF_ENDPOINT and the proxy, or try again later", facts: facts(status)))
        }
    }

    /// Busy or broken for now.
    private func later(_ response: HubResponse) -> HubFailure {
        let after = response.headers.first(name: "Retry-After").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        let status = response.status.code
        let what = status == 429 ? "has had too many requests" : "has trouble"
        return .transient(
            "\(response.url.host) \(what): it answers \(status)\(said(response))",
            after: after.map { .seconds(min($0, 1 << 30)) })
    }

    private func gated() -> ZondaError {
        let page = "\(transport.endpoint)/\(subject.id)"
        guard let token = transport.token else {
            return ZondaError(
                .accessDenied, "\(subject.id) is gated, and there is no token",
                remedy:
                    "accept its licence at \(page), make a token at \(transport.endpoint)/settings/tokens, and put it "
                    + "into HF_TOKEN, or run `hf auth login`",
                facts: facts(401))
        }
        return ZondaError(
            .accessDenied, "\(subject.id) is gated, and \(token) has no access to it",
            remedy: "accept its licence at \(page); some makers answer only after a while", facts: facts(403))
    }

    private var badToken: ZondaError {
        let source = transport.token.map { "\($0)" } ?? "the token"
        return ZondaError(
            .accessDenied, "\(transport.endpoint.host) does not accept \(source) for \(subject.description)",
            remedy: "it is wrong or has expired: make one at \(transport.endpoint)/settings/tokens and put it into "
                + "HF_TOKEN, or run `hf auth login`",
            facts: facts(401))
    }

    private func forbidden(_ response: HubResponse) -> ZondaError {
        let page = "\(transport.endpoint)/\(subject.id)"
        return ZondaError(
            .accessDenied, "\(response.url.host) does not let you have \(subject.description)\(said(response))",
            remedy:
                "accept the licence at \(page) if there is one, and give the token the right to read this repository",
            facts: facts(403))
    }

    private var noRepository: ZondaError {
        let isPrivate = transport.token == nil ? "; for a private one put a token into HF_TOKEN" : ""
        return ZondaError(
            .notFound, "\(transport.endpoint.host) has no model \(subject.id)",
            remedy: "check the name\(isPrivate)", facts: facts(404))
    }

    private var noRevision: ZondaError {
        ZondaError(
            .notFound, "\(subject.id) has no revision \"\(subject.revision)\"",
            remedy: "name a branch, a tag or a whole commit", facts: facts(404))
    }

    private var noFile: ZondaError {
        ZondaError(
            .notFound, "\(subject.description) is not there in revision \"\(subject.revision)\"",
            remedy: "look at \(transport.endpoint)/\(subject.id)/tree/\(subject.revision)", facts: facts(404))
    }

    private func facts(_ status: Int) -> [String: String] {
        ["status": "\(status)", "model": "\(subject.id)", "endpoint": "\(transport.endpoint)"]
    }

    /// The server's own words.
    private func said(_ response: HubResponse) -> String {
        response.headers.first(name: "X-Error-Message").map { ": \"\(PlainText.shown($0))\"" } ?? ""
    }
}

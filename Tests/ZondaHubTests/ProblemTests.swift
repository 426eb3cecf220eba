import Foundation
import NIOHTTP1
import OrderedCollections
import TestSupport
import Testing
import ZondaCore
import ZondaFormats

@testable import ZondaHub

@Suite(.timeLimit(.minutes(2))) struct ProblemTests {
    @Test func gatedModelsSayWhatToDo() async throws {
        let fixture = try await Fixture()
        fixture.hub.update("org/model") { ($0.token, $0.isGated) = ("hf_right", true) }
        await fixture.expectPull(
            fails: .accessDenied, "gated", "there is no token", "\(fixture.hub.endpoint)/org/model", "HF_TOKEN",
            "hf auth login")
        fixture.environment["HF_TOKEN"] = "hf_other"
        await fixture.expectPull(
            fails: .accessDenied, "gated", "the token of HF_TOKEN has no access", "accept its licence")
        try fixture.folder.write("token", "hf_right\n")
        fixture.environment["HF_TOKEN"] = nil
        try await fixture.pull()
    }

    @Test func tokensAreNeverInMessages() async throws {
        let fixture = try await Fixture()
        fixture.environment["HF_TOKEN"] = "hf_very_secret"
        fixture.hub.intercept { _, _, answer in answer = FakeHub.Answer(status: 401, length: 0) }
        do {
            try await fixture.pull()
            Issue.record("nothing was thrown")
        } catch {
            #expect(!"\(error)".contains("very_secret"))
            #expect("\(error)".contains("does not accept the token of HF_TOKEN"))
        }
        #expect(!"\(try #require(HubEnvironment(environment: fixture.environment).token))".contains("secret"))
    }

    @Test func forbiddenSaysTheServersWordsWithoutItsControlCharacters() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            guard request.path.contains("/resolve/") else { return }
            answer = FakeHub.Answer(status: 403, headers: ["X-Error-Message": "No storage\u{9B}2J left"], length: 0)
        }
        await fixture.expectPull(fails: .accessDenied, "does not let you have", "No storage", "accept the licence")
    }

    @Test func missingModelsNameOthers() async throws {
        let fixture = try await Fixture()
        let id = try ModelReference("org/modell")
        let error = await #expect(throws: ZondaError.self) { _ = try await fixture.client.pull(id) }
        #expect(error?.code == .notFound)
        #expect(error?.description.contains("has no model org/modell") == true)
        #expect(error?.description.contains("there are: org/model") == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("put a token into HF_TOKEN") == true)
    }

    @Test func offlineNothingIsAsked() async throws {
        let fixture = try await Fixture()
        fixture.environment["HF_HUB_OFFLINE"] = "1"
        await fixture.expectPull(fails: .notFound, "HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE")
        #expect(fixture.hub.requests.isEmpty)
    }

    @Test func nobodyThereIsSaidSoon() async throws {
        let fixture = try await Fixture()
        fixture.environment["HF_ENDPOINT"] = "http://127.0.0.1:1"
        await fixture.expectPull(fails: .networkFailed, "127.0.0.1 can't be reached", "tried 3 times")
        fixture.environment["HF_ENDPOINT"] = "gopher://x"
        await fixture.expectPull(fails: .badRequest, "HF_ENDPOINT is \"gopher://x\"")
    }

    @Test func spaceIsCheckedBeforeAnythingComes() async throws {
        let fixture = try await Fixture()
        fixture.options.freeByteCount = { _ in 1 << 20 }
        await fixture.expectPull(fails: .inputOutput, "1.9 MiB are needed and 1.0 MiB are free", "zonda rm")
        #expect(fixture.hub.fetches(of: "model.safetensors").isEmpty)
        // A look at what is there takes nothing away.
        let wrong = "hub/models--org--model/blobs/\(Fixture.weights.sha256)"
        try fixture.folder.write(wrong, "short")
        await fixture.expectPull(fails: .inputOutput, "1.9 MiB are needed")
        #expect(fixture.exists("\(fixture.folder.path)/\(wrong)"))
        // What is there needs no space.
        let blob = "hub/models--org--model/blobs/\(Fixture.weights.sha256).incomplete"
        try fixture.folder.write(blob, Array(Fixture.weights.bytes.prefix(1_500_000)))
        try await fixture.pull()
        #expect(DiskSpace.freeByteCount(at: "/no/such/folder/anywhere") ?? 0 > 0)
    }

    @Test func hostileListsAreRefused() async throws {
        let file = Fixture.small("x")
        for (path, name) in [
            ("../../x", "../../x"), ("/etc/passwd", "/etc/passwd"), ("a//b", "a//b"), ("a/\u{1B}[2J", "a/"),
        ] {
            let fixture = try await Fixture()
            fixture.hub.intercept { request, _, answer in
                guard request.path.contains("/tree/") else { return }
                answer.body = Array(JSONValue.array([FakeHub.entry(path, file)]).text.utf8)
                answer.length = answer.body.count
            }
            await fixture.expectPull(fails: .badFile, name, "no repository may have")
        }
    }

    @Test func numbersAndSumsOfListsAreChecked() {
        let entries = [
            #"{"type": "file", "path": "a", "size": -1, "oid": "\#(String(repeating: "a", count: 40))"}"#,
            #"{"type": "file", "path": "a", "size": 9e18, "oid": "\#(String(repeating: "a", count: 40))"}"#,
            #"{"type": "file", "path": "a", "size": 1, "oid": "../../../x"}"#,
            #"{"type": "file", "path": "a", "size": 1, "oid": "\#(String(repeating: "A", count: 40))"}"#,
            #"{"type": "file", "path": "a", "size": 1, "oid": "", "lfs": {"oid": "x", "size": 2}}"#,
            #"{"type": "file", "size": 1}"#, "7",
        ]
        for entry in entries {
            expectError(.badFile) { _ = try HubAnswers.files(parsing: Array("[\(entry)]".utf8).span, name: "list") }
        }
        expectError(.badFile, "not a commit") {
            _ = try HubAnswers.commit(parsing: Array(#"{"sha": "../x"}"#.utf8).span, name: "model")
        }
    }

    @Test func pagesStayOnTheHubAndEnd() async throws {
        let fixture = try await Fixture()
        let storage = fixture.hub.storagePort
        fixture.hub.intercept { request, _, answer in
            if request.path.contains("/tree/") {
                answer.headers["Link"] = "<http://localhost:\(storage)/more>; rel=\"next\""
            }
        }
        await fixture.expectPull(fails: .badFile, "on another server")
        fixture.hub.intercept { request, _, answer in
            if request.path.contains("/tree/") {
                (answer.body, answer.length) = (Array("[]".utf8), 2)
                answer.headers["Link"] = "<\(request.path)?cursor=1>; rel=\"next\""
            }
        }
        await fixture.expectPull(fails: .badFile, "200 pages")
    }

    @Test func hugeAnswersAreCutOff() async throws {
        let fixture = try await Fixture()
        fixture.hub.intercept { request, _, answer in
            guard request.path.contains("/revision/") else { return }
            answer = FakeHub.Answer(status: 200, body: [UInt8](repeating: UInt8(ascii: " "), count: 17 << 20))
        }
        await fixture.expectPull(fails: .badFile, "more than 16777216 bytes")
        fixture.hub.intercept { request, _, answer in
            answer.headers["X-Long"] = String(repeating: "x", count: 200_000)
        }
        await fixture.expectPull(fails: .badFile, "not an answer in HTTP")
    }

    @Test func mutantsOfAnswersDoNoHarm() throws {
        let entries = Fixture.safetensorsModel.keys.sorted().map { FakeHub.entry($0, Fixture.safetensorsModel[$0]!) }
        let originals = [
            JSONValue.array(entries).text,
            #"{"sha": "\#(FakeHub.commit)", "siblings": [{"rfilename": "a"}], "gated": false}"#,
            #"{"branches": [{"name": "main", "targetCommit": "\#(FakeHub.commit)"}], "tags": []}"#,
            #"[{"id": "org/model", "likes": 3}, {"id": "gpt2"}]"#,
        ].map { Array($0.utf8) }
        var mutator = ByteMutator(seed: 5)
        var errorCount = 0
        for round in 0..<ByteMutator.roundCount {
            let mutant = mutator.mutated(originals[round % originals.count])
            let errors = HubAnswers.readAll(mutant)
            errorCount += errors.count
            if let other = errors.first(where: { $0.code != .badFile }) { Issue.record("\(other)") }
            if let files = try? HubAnswers.files(parsing: mutant.span, name: "fuzz") {
                let isSafe = files.allSatisfy { RelativePath.isSafe($0.path) && $0.byteCount >= 0 }
                #expect(isSafe)
            }
        }
        #expect(errorCount > ByteMutator.roundCount)
    }

    @Test func headersOfLinksAndAddressesAreReadStrictly() {
        #expect(LinkHeader.next(in: #"<https://h/a?cursor=x>; rel="next""#) == "https://h/a?cursor=x")
        #expect(LinkHeader.next(in: #"<https://h/p>; rel="prev", </b>; rel=next"#) == "/b")
        #expect(LinkHeader.next(in: "https://h/a; rel=next") == nil)
        #expect(LinkHeader.next(in: "<a") == nil)
        for wrong in [
            "", "x", "file:///etc/passwd", "http://", "https://user:pw@host/", "http://h/ a", "http://h/\u{0A}",
        ] {
            #expect(HubURL(wrong) == nil, "\(wrong)")
        }
        #expect(HubURL("https://H.example/x")?.port == 443)
        #expect(HubURL("https://h:8080/x?secret")?.description == "https://h:8080/x")
        #expect(HubURL.encoded("refs/pr/1 é") == "refs%2Fpr%2F1%20%C3%A9")
        #expect(RangeFetch.isContent("bytes 0-9/10", 0...9, of: 10))
        #expect(RangeFetch.isContent("bytes 0-9/*", 0...9, of: 10))
        #expect(!RangeFetch.isContent("bytes 0-9/11", 0...9, of: 10))
        #expect(!RangeFetch.isContent("bytes 0-8/10", 0...9, of: 10))
    }

    @Test func proxiesAreReadAsCurlReadsThem() {
        #expect(HubProxyAddress("http://proxy:3128")?.port == 3128)
        #expect(HubProxyAddress("proxy")?.host == "proxy")
        #expect(HubProxyAddress("http://me:p:w@proxy:1/")?.credentials?.password == "p:w")
        #expect(HubProxyAddress("socks5://x:1") == nil)
        #expect(HubProxyAddress("http://proxy:x") == nil)
        #expect(HubProxy.isExcepted("huggingface.co", "localhost, huggingface.co"))
        #expect(HubProxy.isExcepted("cdn.hf.co", ".hf.co"))
        #expect(HubProxy.isExcepted("x", "*"))
        #expect(!HubProxy.isExcepted("nothf.co", "hf.co"))
    }
}

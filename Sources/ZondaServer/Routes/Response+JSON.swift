import HTTPTypes
import Hummingbird
import NIOCore
import ZondaFormats
import ZondaWire

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        text(value.text, type: "application/json", status: status)
    }

    static func text(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// An error in the form of the API that was asked.
    static func error(_ error: WireError, path: String) -> Response {
        let isAnthropic = path.hasPrefix("/v1/messages")
        var response = json(
            isAnthropic ? error.anthropicJSON : error.json, status: HTTPResponse.Status(code: error.status))
        if let seconds = error.retryAfter { response.headers[.retryAfter] = "\(seconds)" }
        if error.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Closes the connection behind the response: what the client still sends is not read.
    ///
    /// It is closed a moment later, as a client that still sends would lose the response if it were closed at once.
    func closing(_ channel: any Channel) -> Response {
        var copy = self
        copy.headers[.connection] = "close"
        let body = body
        copy.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        return copy
    }
}

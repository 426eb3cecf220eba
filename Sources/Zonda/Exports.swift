@_exported public import enum ZondaCore.DType
@_exported public import typealias ZondaCore.TokenID
// What a user of the API meets in its signatures comes with `import Zonda`.
@_exported public import struct ZondaCore.ZondaError
@_exported public import enum ZondaFormats.JSONValue
@_exported public import struct ZondaHub.HubProgress
@_exported public import struct ZondaModels.Architecture

import ChatDomain
public import JSONText

/// The description of a server's methods in the form of OpenRPC 1.3.2 (https://spec.open-rpc.org).
public enum OpenRPCDocument {
    /// The description of these methods; one that the contract does not know is left out.
    public static func describe(methods: [String], version: String) -> JSONValue {
        [
            "openrpc": "1.3.2",
            "info": [
                "title": "Parley", "version": .string(version),
                "description": "JSON-RPC 2.0 over TCP and TLS, one JSON text a line, and over WebSocket at /ws.",
            ],
            "methods": .array(methods.compactMap(MethodContract.named).map(method)),
            "x-pushes": .array(PushContract.all.map(push)),
            "components": ["schemas": Schema.components],
        ]
    }

    private static func method(_ method: MethodContract) -> JSONValue {
        [
            "name": .string(method.name), "summary": .string(method.summary), "paramStructure": "by-name",
            "params": .array(method.parameters.map(parameter)),
            "result": ["name": "result", "schema": method.result],
            "errors": .array(method.refusals.map(error)),
        ]
    }

    private static func parameter(_ parameter: MethodContract.Parameter) -> JSONValue {
        [
            "name": .string(parameter.name), "required": .bool(parameter.isRequired), "schema": parameter.schema,
        ]
    }

    private static func error(_ refusal: Refusal) -> JSONValue {
        [
            "code": .integer(Int64(refusal.code)), "message": .string(refusal.message),
            "data": ["reason": .string(refusal.reason)],
        ]
    }

    private static func push(_ push: PushContract) -> JSONValue {
        [
            "name": .string(push.name), "summary": .string(push.summary), "feed": .bool(push.isFeed),
            "params": push.parameters,
        ]
    }
}
